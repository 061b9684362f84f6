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

  /// Whether a text can be cut at a place and its parts be read on their own.
  ///
  /// `true` promises that the tokens of the part before, followed by those of the part after, read as a continuation, are
  /// the tokens of the whole, whatever follows the text. It saves work with long texts (``ContextReader``); `false` is
  /// always right.
  ///
  /// - Precondition: `place` lies inside the text, neither at its start nor at its end.
  func canCut(_ text: [UInt8], at place: Int) -> Bool
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

  /// Says that no text can be cut.
  public func canCut(_ text: [UInt8], at place: Int) -> Bool { false }

  /// The tokens of a member's whole text: prompt, then answer.
  ///
  /// This is what a ``ContextReader`` gives, without remembering anything.
  public func encode(_ context: ContextText) throws -> [TokenID] {
    var tokens: [TokenID] = []
    for (index, part) in context.parts.enumerated() {
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
