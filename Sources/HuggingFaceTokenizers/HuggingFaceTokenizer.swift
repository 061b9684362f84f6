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
/// Token ids are those of the `tokenizers` library that writes such files: the same normalisers,
/// pre-tokenisers, merges and added tokens. It differs in four respects, because a text here is bytes that a language
/// model continues:
///
/// - Control tokens are read from text only where `EncodingOptions.readsControlTokens` is set. Otherwise their
///   spelling is ordinary text, which the model cannot merge into a control token either.
/// - Of the tokens of a post-processor, only those before the text are added, and only where `EncodingOptions.isStart`
///   is set. Tokens after the text (SEP, EOS) are not added, and there is neither truncation nor padding.
/// - Bytes that are not valid UTF-8 are encoded where the vocabulary has tokens for bytes, and are an error elsewhere.
/// - Where a unigram model has two equally likely segmentations of a word (`aaa` as `a` and `aa`, or `aa` and `a`), the
///   choice does not depend on the words before. In the library it does, by rounding, where texts are not split.
///
/// Where `EncodingOptions.isStart` is not set, the bytes continue a text: they get no leading space, whatever the file
/// says about the first word.
///
/// The bytes of a token are those that it represents inside a text: `▁the` and `Ġthe` are ` the`. WordPiece does not
/// encode spaces; a token without the `##` prefix begins a word, and its bytes begin with a space.
public struct HuggingFaceTokenizer: Tokenizer {
  /// The tokens.
  public let vocabulary: Vocabulary

  let file: String
  let addedTokens: AddedTokens
  let controlSpellings: SpellingFinder
  let normalizer: (any Normalizer)?
  let preTokenizer: (any PreTokenizer)?
  let model: any TokenModel
  /// The tokens that the post-processor puts before a text.
  let leadingTokens: [TokenID]
  let cuts: TextCuts

  /// Tokenises a text.
  ///
  /// - Parameters:
  ///   - text: UTF-8 bytes. They may begin or end inside a character, where the vocabulary has tokens for bytes.
  ///   - options: The position of the text and how to tokenise it.
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
    try forEachSegment(of: text, strays: strays, options: options) { segment in
      switch segment {
      case .token(let id): tokens.append(id)
      case .text(let word): try model.encode(word.text, strays: strays, into: &tokens)
      }
    }
    return tokens
  }

  /// The special tokens in markup, each with the white space around it that the file assigns to it.
  public func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] {
    controlSpellings.tokens(in: text, parts: markup)
  }

  /// The number of characters of a text that are left out because no token represents them
  /// (``MissingCharacters/dropped``).
  ///
  /// - Complexity: O(1) where the model leaves nothing out; else as ``encode(_:options:)``.
  public func droppedCharacters(in text: [UInt8]) -> Int {
    guard model.dropsCharacters else { return 0 }
    let (text, strays) = StrayBytes.replaced(in: text)
    var dropped = 0
    forEachSegment(of: text, strays: strays, options: EncodingOptions(isStart: false)) { segment in
      if case .text(let word) = segment { dropped += model.droppedCharacters(in: word.text) }
    }
    return dropped
  }

  /// Returns whether a text can be cut at an index and its parts be tokenised separately: between two words, where that
  /// follows from the file's components.
  ///
  /// - Complexity: O(1) at most indices; between words O(L log V) at most, where L is the length of the longest token.
  public func canCut(_ text: [UInt8], at index: Int) -> Bool {
    cuts.canCut(text, at: index)
  }

  /// Enumerates the added tokens of a text and the words between them.
  private func forEachSegment(
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

  /// A byte that belongs to no character is never left out: text that continues half a character would change meaning.
  private func checkStrays(in text: [UInt8], _ strays: StrayBytes) throws {
    for scalar in text[...].string.unicodeScalars {
      if let byte = strays.byte(of: scalar.value), vocabulary.id(forBytes: [byte]) == nil { throw InexpressibleText() }
    }
  }

  /// An error that names the first bytes of the text that cannot be encoded: the shortest failing suffix of the
  /// shortest failing prefix.
  private func inexpressible(in text: [UInt8], options: EncodingOptions) -> TokenizerError {
    var boundaries = [0]
    while let last = boundaries.last, last < text.count {
      boundaries.append(last + max(1, UTF8Character.length(in: text, at: last)))
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
    let end = first(in: 0..<boundaries.count - 1) { fails(0..<boundaries[$0]) }
    let start = first(in: 0..<end) { !fails(boundaries[$0]..<boundaries[end]) } - 1
    let bytes = text[boundaries[start]..<boundaries[end]]
    let shown = bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
    return TokenizerError(
      .inexpressible, in: file,
      "has no token for the bytes \(shown.joined(separator: " "))\(bytes.count > 16 ? " …" : "")",
      remedy: (model as? BytePairModel)?.missingCharacters == .refused
        ? "Leave them out of the text, or load the tokenizer with the option that drops missing characters."
        : "Leave them out of the text, or use a model whose vocabulary has tokens for single bytes.")
  }
}
