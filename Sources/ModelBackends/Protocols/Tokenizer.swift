/// A mapping from text to tokens.
///
/// The vocabulary is the inverse: the text of tokens is the concatenation of their bytes.
public protocol Tokenizer: Sendable {
  /// The tokens.
  var vocabulary: Vocabulary { get }

  /// Tokenises a text.
  ///
  /// - Parameters:
  ///   - text: UTF-8 bytes. They may begin or end inside a character; a tokenizer with byte tokens expresses that.
  ///   - options: The position of the text and how to read it.
  /// - Throws: An error that names the bytes that the vocabulary cannot express.
  func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID]

  /// The control tokens that a template's markup names.
  ///
  /// A prompt is tokenised in segments between these tokens, each as one text regardless of who wrote which part of it
  /// (`TextSession`). The default looks for the spellings of the vocabulary's control tokens; a tokenizer whose
  /// control tokens absorb white space, say, has its own implementation.
  ///
  /// - Parameters:
  ///   - text: A whole prompt, as UTF-8 bytes.
  ///   - markup: The ranges of its bytes that a template wrote, in order and not overlapping. Only a string wholly
  ///     inside one of these ranges is a token's spelling; white space that a token absorbs may lie outside.
  /// - Returns: The tokens in the order of the text, not overlapping.
  func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken]

  /// Returns whether a text can be cut at an index and its parts be tokenised separately.
  ///
  /// `true` promises that the tokens of the part before, followed by those of the part after, read as a continuation,
  /// are the tokens of the whole, whatever follows the text. It saves work with long texts (`TextSession`); `false`
  /// is always correct.
  ///
  /// - Precondition: `position` lies inside the text, neither at its start nor at its end.
  func canCut(_ text: [UInt8], at position: Int) -> Bool

  /// The number of characters of a text, or bytes of a byte-level GGUF vocabulary, that are left out of its tokens
  /// because no token represents them.
  ///
  /// A session adds them to `Prediction.unknownTokens`, so that they are reported.
  func droppedCharacters(in text: [UInt8]) -> Int
}

/// The position of a text and how it is read.
public struct EncodingOptions: Sendable, Hashable {
  /// Whether the text is the start of the model's input: markers such as the beginning-of-text token, and a
  /// SentencePiece model's leading space, are added.
  public var isStart: Bool
  /// Whether the text follows a control token inside a prompt: a tokenizer that puts a space before every text, not
  /// only the first one, does it here. It has no effect at a start.
  public var followsControlToken: Bool
  /// Whether the spelling of a control token denotes the token. Never set it for text that a user typed.
  public var readsControlTokens: Bool

  /// Creates options.
  public init(isStart: Bool = true, followsControlToken: Bool = false, readsControlTokens: Bool = false) {
    self.isStart = isStart
    self.followsControlToken = followsControlToken
    self.readsControlTokens = readsControlTokens
  }
}

extension Tokenizer {
  /// Tokenises a text as the start of the model's input.
  public func encode(_ text: String) throws -> [TokenID] {
    try encode(Array(text.utf8), options: EncodingOptions())
  }

  /// The spellings of the vocabulary's control tokens and of its unknown one, the leftmost and longest first.
  public func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] {
    vocabulary.controlSpellings.tokens(in: text, parts: markup)
  }

  /// Returns `false`: no text can be cut.
  public func canCut(_ text: [UInt8], at position: Int) -> Bool { false }

  /// Returns 0: text that cannot be expressed is an error or an unknown token.
  public func droppedCharacters(in text: [UInt8]) -> Int { 0 }
}
