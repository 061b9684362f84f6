/// A way from text to tokens.
///
/// The way back is the vocabulary's: the text of tokens is the bytes of tokens.
public protocol Tokenizer: Sendable {
  /// The tokens.
  var vocabulary: Vocabulary { get }

  /// Turns a text into tokens.
  ///
  /// - Parameters:
  ///   - text: UTF-8 bytes. They may begin or end inside a character; a tokenizer with byte tokens expresses that.
  ///   - options: Where the text stands and how to read it.
  /// - Throws: An error that names the bytes that the vocabulary cannot express.
  func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID]
}

/// Where a text stands and how it is read.
public struct EncodingOptions: Sendable, Hashable {
  /// Whether the text is the start of what the model reads: markers such as the beginning-of-text token, and a
  /// SentencePiece model's leading space, are added.
  public var isStart: Bool
  /// Whether the spelling of a control token means the token. Never set it for words that a user typed.
  public var readsControlTokens: Bool

  /// Makes options.
  public init(isStart: Bool = true, readsControlTokens: Bool = false) {
    self.isStart = isStart
    self.readsControlTokens = readsControlTokens
  }
}

extension Tokenizer {
  /// Turns a text into tokens, as the start of what the model reads.
  public func encode(_ text: String) throws -> [TokenID] {
    try encode(Array(text.utf8), options: EncodingOptions())
  }

  /// The tokens of a member's whole text: prompt, then answer.
  ///
  /// Where the context carries the tokens of the answer, they follow the prompt's tokens as they are. Otherwise the answer
  /// and the text that it continues are tokenised together, so that the result is the tokenizer's own for the whole text.
  public func encode(_ context: ContextText) throws -> [TokenID] {
    var parts = context.prompt.parts
    if context.answerTokens == nil, !context.answer.isEmpty {
      if case .text(let words) = parts.last {
        parts[parts.count - 1] = .text(words + context.answer)
      } else {
        parts.append(.text(context.answer))
      }
    }
    var tokens: [TokenID] = []
    for (index, part) in parts.enumerated() {
      switch part {
      case .text(let bytes):
        tokens += try encode(bytes, options: EncodingOptions(isStart: index == 0))
      case .markup(let markup):
        let options = EncodingOptions(isStart: index == 0, readsControlTokens: true)
        tokens += try encode(Array(markup.utf8), options: options)
      }
    }
    return tokens + (context.answerTokens ?? [])
  }
}
