/// The whole text so far, as one member reads it: its own prompt, then the answer that all members share.
public struct ContextText: Sendable, Hashable {
  /// The member's prompt; the same during a whole generation.
  public var prompt: RenderedPrompt
  /// The answer so far, in bytes. It may end inside a character.
  public var answer: [UInt8]
  /// The tokens that spell the answer, where the member chose them itself.
  ///
  /// The main model keeps the tokens that it chose. An assistant reads bytes (`nil`) and tokenises them its own way.
  public var answerTokens: [TokenID]?
  /// How far back the session looks for tokens that reach beyond the end of the text. Sessions that keep no logits of
  /// earlier positions answer as the model does after the last token.
  public var healing: TokenHealing
  /// What of the session's cache the answer may build on.
  public var reading: Reading

  /// What of a session's cache an answer may build on. Engines round with the number of tokens that they evaluate at once,
  /// so the last bits of logits depend on how the text was cut into passes.
  public enum Reading: Sendable, Hashable {
    /// Only what a fresh session would compute as well, bit for bit.
    case alone
    /// All that is cached of the text: what the session read before is a part of the promise, as in a conversation.
    case onward
  }

  /// Makes a text.
  public init(
    prompt: RenderedPrompt, answer: [UInt8] = [], answerTokens: [TokenID]? = nil, healing: TokenHealing = .standard,
    reading: Reading = .alone
  ) {
    self.prompt = prompt
    self.answer = answer
    self.answerTokens = answerTokens
    self.healing = healing
    self.reading = reading
  }

  /// Makes a text of plain words with no answer yet.
  public init(_ text: String, healing: TokenHealing = .standard) {
    self.init(prompt: RenderedPrompt(text), healing: healing)
  }

  /// Prompt and answer as bytes.
  public var bytes: [UInt8] { prompt.bytes + answer }
}

extension ContextText {
  /// A part of a text from its start: all of the prompt, and a beginning of the answer.
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
  /// - Precondition: The answer is as long; of a text with answer tokens, the prefix says how many it has.
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
