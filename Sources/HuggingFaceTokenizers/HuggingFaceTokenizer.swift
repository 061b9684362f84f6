public import ModelBackends

/// A tokenizer from a Hugging Face `tokenizer.json`.
///
/// ```swift
/// import ModelBackends
///
/// let tokenizer = try HuggingFaceTokenizer(
///   file: "model/tokenizer.json", configuration: "model/tokenizer_config.json",
///   options: .init(vocabularyCount: 151_936, endOfGeneration: [151_645]))
/// let ids = try tokenizer.encode("Hello")
/// ```
///
/// Token ids are those of the `tokenizers` library that writes such files: the same normalisers, cuts, merges and added
/// tokens. It differs in four ways, because a text here is bytes that a language model continues:
///
/// - Control tokens are read from text only where `EncodingOptions.readsControlTokens` is set. Otherwise their spelling
///   is words, which the model cannot turn into a control token either.
/// - Of what a post-processor adds, only the tokens before the text are added, and only where `EncodingOptions.isStart`
///   is set. Tokens after the text (SEP, EOS) are not, and neither truncation nor padding takes place.
/// - Bytes that are no character are expressed where the vocabulary has tokens for bytes, and are an error elsewhere.
/// - Where a unigram model can cut a word in two ways that are equally likely (`aaa` as `a` and `aa`, or the other way
///   round), the choice does not depend on the words before. The library's does where it reads texts unsplit, by
///   rounding.
///
/// Where `EncodingOptions.isStart` is not set, the bytes continue a text: they get no leading space, whatever the file
/// says about the first word.
///
/// The bytes of a token are those that it stands for inside a text: `▁the` and `Ġthe` are ` the`. WordPiece does not
/// spell spaces; a token without the `##` prefix begins a word, and its bytes begin with a space.
public struct HuggingFaceTokenizer: Tokenizer {
  /// The tokens.
  public let vocabulary: Vocabulary

  let file: String
  let addedTokens: AddedTokens
  let controlSpellings: SpellingFinder
  let normalizer: (any Normalizer)?
  let preTokenizer: (any PreTokenizer)?
  let model: any TokenModel
  /// What the post-processor puts before a text.
  let leadingTokens: [TokenID]
  let cuts: TextCuts

  /// Turns a text into tokens.
  ///
  /// - Parameters:
  ///   - text: UTF-8 bytes. They may begin or end inside a character, where the vocabulary has tokens for bytes.
  ///   - options: Where the text stands and how to read it.
  /// - Throws: ``TokenizerError`` with the code `inexpressible`, which names the first bytes of the text that the
  ///   vocabulary cannot express.
  /// - Complexity: O(n log n) for n bytes.
  public func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    do {
      return try tokens(of: text, options: options)
    } catch is InexpressibleText {
      throw inexpressible(in: text, options: options)
    }
  }

  private func tokens(of bytes: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    var tokens = options.isStart ? leadingTokens : []
    let (text, strays) = StrayBytes.replaced(in: bytes)
    if let strays, model.dropsCharacters { try checkStrays(in: text, strays) }
    try forEachStretch(of: text, strays: strays, options: options) { stretch in
      switch stretch {
      case .token(let id): tokens.append(id)
      case .text(let word): try model.encode(word.text, strays: strays, into: &tokens)
      }
    }
    return tokens
  }

  /// The special tokens that markup spells, each with the white space around it that the file gives to it.
  public func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] {
    controlSpellings.tokens(in: text, parts: markup)
  }

  /// How many characters of a text no token stands for, so that they are left out (``MissingCharacters/dropped``).
  ///
  /// - Complexity: O(1) where the model leaves nothing out; else as ``encode(_:options:)``.
  public func droppedCharacters(in text: [UInt8]) -> Int {
    guard model.dropsCharacters else { return 0 }
    let (text, strays) = StrayBytes.replaced(in: text)
    var dropped = 0
    forEachStretch(of: text, strays: strays, options: EncodingOptions(isStart: false)) { stretch in
      if case .text(let word) = stretch { dropped += model.droppedCharacters(in: word.text) }
    }
    return dropped
  }

  /// Whether a text can be cut at a place and its parts be read on their own: between two words, where that follows
  /// from the file's components.
  ///
  /// - Complexity: O(1) at most places; between words O(L log V) at most, where L is the length of the longest token.
  public func canCut(_ text: [UInt8], at place: Int) -> Bool {
    cuts.canCut(text, at: place)
  }

  /// Goes through the tokens that are found in a text as it stands, and the words between.
  private func forEachStretch(
    of text: [UInt8], strays: StrayBytes?, options: EncodingOptions, _ body: (AddedTokens.Segment) throws -> Void
  ) rethrows {
    let readsControl = options.readsControlTokens
    let position: Piece.Position = options.isStart ? .start : options.followsControlToken ? .later : .continuation
    let whole = Piece(text: text[...], position: position)
    for segment in addedTokens.verbatimSegments(of: whole, includingSpecial: readsControl) {
      guard case .text(var piece) = segment else {
        try body(segment)
        continue
      }
      normalizer?.apply(to: &piece, strays: strays)
      for segment in addedTokens.normalizedSegments(of: piece, includingSpecial: readsControl) {
        guard case .text(let piece) = segment else {
          try body(segment)
          continue
        }
        if piece.text.isEmpty { continue }
        for word in preTokenizer?.split(piece, strays: strays) ?? [piece] { try body(.text(word)) }
      }
    }
  }

  /// A byte that belongs to no character is not left out: who reads on from half a character would read something else.
  private func checkStrays(in text: [UInt8], _ strays: StrayBytes) throws {
    for scalar in text[...].string.unicodeScalars {
      if let byte = strays.byte(of: scalar.value), vocabulary.id(forBytes: [byte]) == nil { throw InexpressibleText() }
    }
  }

  /// An error that names the first bytes that cannot be expressed, as they stand in the text: the end of the shortest
  /// beginning that fails, as far back as it takes to fail alone.
  private func inexpressible(in text: [UInt8], options: EncodingOptions) -> TokenizerError {
    var places = [0]
    while let last = places.last, last < text.count {
      places.append(last + max(1, UTF8Character.length(in: text, at: last)))
    }
    func fails(_ range: Range<Int>) -> Bool {
      var options = options
      options.isStart = options.isStart && range.lowerBound == 0
      options.followsControlToken = options.followsControlToken && range.lowerBound == 0
      return (try? tokens(of: Array(text[range]), options: options)) == nil
    }
    func first(in range: Range<Int>, where holds: (Int) -> Bool) -> Int {
      var range = range
      while range.count > 1 {
        let middle = range.lowerBound + range.count / 2
        range = holds(middle) ? range.lowerBound..<middle : middle..<range.upperBound
      }
      return range.upperBound
    }
    let end = first(in: 0..<places.count - 1) { fails(0..<places[$0]) }
    let start = first(in: 0..<end) { !fails(places[$0]..<places[end]) } - 1
    let bytes = text[places[start]..<places[end]]
    let shown = bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
    return TokenizerError(
      .inexpressible, in: file,
      "has no token for the bytes \(shown.joined(separator: " "))\(bytes.count > 16 ? " …" : "")",
      remedy: (model as? BytePairModel)?.missingCharacters == .refused
        ? "Leave them out of the text, or load the tokenizer with the option that drops missing characters."
        : "Leave them out of the text, or use a model whose vocabulary has tokens for single bytes.")
  }
}
