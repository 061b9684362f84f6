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
/// - Bytes that are no character are expressed where the vocabulary has tokens for bytes.
/// - Where a unigram model can cut a word in two ways that are equally likely (`aaa` as `a` and `aa`, or the other way
///   round), the choice does not depend on the words before. The library's does where it reads texts unsplit, by rounding.
///
/// Where `EncodingOptions.isStart` is not set, the bytes continue a text: they get no leading space, whatever the file
/// says about the first word.
///
/// The bytes of a token are those that it stands for inside a text: `▁the` and `Ġthe` are ` the`. WordPiece does not spell
/// spaces; a token without the `##` prefix begins a word, and its bytes begin with a space.
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
  /// - Throws: ``TokenizerError`` with the code `inexpressible`, which names the bytes that the vocabulary cannot express.
  /// - Complexity: O(n log n) for n bytes.
  public func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    var tokens = options.isStart ? leadingTokens : []
    let (text, strays) = StrayBytes.replaced(in: text)
    let position: Piece.Position = options.isStart ? .start : options.followsControlToken ? .later : .continuation
    let whole = Piece(text: text[...], position: position)
    do {
      for segment in addedTokens.verbatimSegments(of: whole, includingSpecial: options.readsControlTokens) {
        switch segment {
        case .token(let id): tokens.append(id)
        case .text(let piece): try encode(piece, strays: strays, options: options, into: &tokens)
        }
      }
    } catch let failure as InexpressibleText {
      let bytes = failure.bytes.prefix(16).map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
      throw TokenizerError(
        .inexpressible, in: file,
        "has no token for the bytes \(bytes.joined(separator: " "))\(failure.bytes.count > 16 ? " …" : "")",
        remedy: "Leave them out of the text, or use a model whose vocabulary has tokens for single bytes.")
    }
    return tokens
  }

  /// The special tokens that markup spells, each with the white space around it that the file gives to it.
  public func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] {
    controlSpellings.tokens(in: text, parts: markup)
  }

  /// Whether a text can be cut at a place and its parts be read on their own: between two words, where that follows from
  /// the file's components.
  ///
  /// - Complexity: O(1) at most places; between words O(L log V) at most, where L is the length of the longest token.
  public func canCut(_ text: [UInt8], at place: Int) -> Bool {
    cuts.canCut(text, at: place)
  }

  private func encode(
    _ piece: Piece, strays: StrayBytes?, options: EncodingOptions, into tokens: inout [TokenID]
  ) throws {
    var piece = piece
    normalizer?.apply(to: &piece, strays: strays)
    for segment in addedTokens.normalizedSegments(of: piece, includingSpecial: options.readsControlTokens) {
      switch segment {
      case .token(let id): tokens.append(id)
      case .text(let piece) where piece.text.isEmpty: continue
      case .text(let piece):
        for word in preTokenizer?.split(piece, strays: strays) ?? [piece] {
          try model.encode(word.text, strays: strays, into: &tokens)
        }
      }
    }
  }
}
