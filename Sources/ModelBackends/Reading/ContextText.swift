/// The whole text so far, as one member reads it: its own prompt, then the answer that all members share.
public struct ContextText: Sendable, Hashable {
  /// The member's prompt; constant during a whole generation.
  public var prompt: RenderedPrompt
  /// The answer so far, in bytes. It may end inside a character.
  public var answer: [UInt8]
  /// The tokens that spell the answer, where the member chose them itself.
  ///
  /// The main model keeps the tokens that it chose. An assistant reads bytes (`nil`) and applies its own tokenizer.
  public var answerTokens: [TokenID]?
  /// The distance that the session looks back for tokens that extend beyond the end of the text. Sessions that keep no
  /// logits of earlier positions return the model's answer after the last token.
  public var healing: TokenHealing
  /// The part of the session's cache that the answer may use.
  public var reading: Reading

  /// The part of a session's cache that an answer may use. Rounding in engines depends on the number of tokens that
  /// they evaluate at once, so the last bits of logits depend on how the text was divided into passes.
  public enum Reading: Sendable, Hashable {
    /// Only results that a fresh session would compute as well, bit for bit.
    case independent
    /// All cached results of the text: the text that the session read before is part of the contract, as in a
    /// conversation.
    case continued
  }

  /// Creates a text.
  public init(
    prompt: RenderedPrompt, answer: [UInt8] = [], answerTokens: [TokenID]? = nil, healing: TokenHealing = .standard,
    reading: Reading = .independent
  ) {
    self.prompt = prompt
    self.answer = answer
    self.answerTokens = answerTokens
    self.healing = healing
    self.reading = reading
  }

  /// Creates a plain text with no answer yet.
  public init(_ text: String, healing: TokenHealing = .standard) {
    self.init(prompt: RenderedPrompt(text), healing: healing)
  }

  /// Prompt and answer as bytes.
  public var bytes: [UInt8] { prompt.bytes + answer }
}

extension ContextText {
  /// A prefix of a text: all of the prompt, and a beginning of the answer.
  public struct Prefix: Sendable, Hashable {
    /// The length of the answer's beginning in bytes.
    public var byteCount: Int
    /// The number of answer tokens that spell these bytes; `nil` where the text has no answer tokens.
    public var tokenCount: Int?

    /// Describes a prefix.
    public init(byteCount: Int, tokenCount: Int? = nil) {
      self.byteCount = byteCount
      self.tokenCount = tokenCount
    }
  }

  /// The text with only the beginning of its answer.
  ///
  /// - Precondition: The answer is at least that long; for a text with answer tokens, the prefix states their number.
  public func prefix(_ prefix: Prefix) -> ContextText {
    precondition(
      prefix.byteCount <= answer.count && (answerTokens == nil || prefix.tokenCount != nil),
      "\(prefix) is no prefix of this text.")
    var text = self
    text.answer.removeSubrange(prefix.byteCount...)
    if let count = prefix.tokenCount { text.answerTokens?.removeSubrange(count...) }
    return text
  }
}
