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

  /// The control tokens that a template's markup names.
  ///
  /// A prompt is read in texts between these tokens, each as one, whoever wrote which part of it (``TextSession``).
  /// The default looks for the spellings of the vocabulary's control tokens; a tokenizer whose control tokens take
  /// white space along, say, has its own answer.
  ///
  /// - Parameters:
  ///   - text: A whole prompt, as UTF-8 bytes.
  ///   - markup: Which of its bytes a template wrote, in order and apart from each other. Only what lies wholly inside
  ///     one of these ranges is a token's spelling; white space that a token takes along may lie outside.
  /// - Returns: The tokens in the order of the text, apart from each other.
  func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken]

  /// Whether a text can be cut at a place and its parts be read on their own.
  ///
  /// `true` promises that the tokens of the part before, followed by those of the part after, read as a continuation,
  /// are the tokens of the whole, whatever follows the text. It saves work with long texts (``TextSession``); `false`
  /// is always right.
  ///
  /// - Precondition: `place` lies inside the text, neither at its start nor at its end.
  func canCut(_ text: [UInt8], at place: Int) -> Bool

  /// How many characters of a text, or bytes of a byte-level GGUF vocabulary, are left out of its tokens because no token
  /// stands for them.
  ///
  /// A session adds them to `Prediction.unknownTokens`, so that they are reported.
  func droppedCharacters(in text: [UInt8]) -> Int
}

/// Where a text stands and how it is read.
public struct EncodingOptions: Sendable, Hashable {
  /// Whether the text is the start of what the model reads: markers such as the beginning-of-text token, and a
  /// SentencePiece model's leading space, are added.
  public var isStart: Bool
  /// Whether the text follows a control token inside a prompt: a tokenizer that puts a space before every text, not
  /// only the first one, does it here. It has no effect at a start.
  public var followsControlToken: Bool
  /// Whether the spelling of a control token means the token. Never set it for words that a user typed.
  public var readsControlTokens: Bool

  /// Makes options.
  public init(isStart: Bool = true, followsControlToken: Bool = false, readsControlTokens: Bool = false) {
    self.isStart = isStart
    self.followsControlToken = followsControlToken
    self.readsControlTokens = readsControlTokens
  }
}

extension Tokenizer {
  /// Turns a text into tokens, as the start of what the model reads.
  public func encode(_ text: String) throws -> [TokenID] {
    try encode(Array(text.utf8), options: EncodingOptions())
  }

  /// The spellings of the vocabulary's control tokens and of its unknown one, the leftmost and longest first.
  public func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] {
    vocabulary.controlSpellings.tokens(in: text, parts: markup)
  }

  /// Says that no text can be cut.
  public func canCut(_ text: [UInt8], at place: Int) -> Bool { false }

  /// Says that nothing is left out: what cannot be expressed is an error or an unknown token.
  public func droppedCharacters(in text: [UInt8]) -> Int { 0 }

  /// How many characters of a member's whole text are left out of its tokens.
  public func droppedCharacters(in context: ContextText) -> Int {
    var runs = ContextRuns(context.prompt, readBy: self)
    if context.answerTokens == nil { runs.append(context.answer) }
    return runs.runs.reduce(0) { count, run in
      if case .text(let text) = run { count + droppedCharacters(in: text.bytes) } else { count }
    }
  }

  /// The tokens of a member's whole text: prompt, then answer.
  ///
  /// This is what a ``TextSession`` reads, without remembering anything.
  public func encode(_ context: ContextText) throws -> [TokenID] {
    var runs = ContextRuns(context.prompt, readBy: self)
    if context.answerTokens == nil { runs.append(context.answer) }
    let tokens = try runs.runs.flatMap { run in
      switch run {
      case .token(let token): [token]
      case .text(let text): runs.isRead(text) ? try encode(text.bytes, options: text.options) : []
      }
    }
    return tokens + (context.answerTokens ?? [])
  }
}
