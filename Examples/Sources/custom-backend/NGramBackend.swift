import BackendSupport
import DeePEn

/// A complete backend without an engine: word counts from a text file.
struct NGramBackend: ModelBackend {
  let name = "n-gram"
  let words: NGramTokenizer
  let counts: NGramCounts
  let vectors: Matrix

  var vocabulary: Vocabulary { words.vocabulary }
  var tokenizer: (any Tokenizer)? { words }

  /// Learns from a text: its words (with the space before them) and all single bytes are the tokens.
  init(text: String) throws {
    let pieces = Set(Words.split(Array(text.utf8))).filter { $0.count > 1 }.sorted { $0.lexicographicallyPrecedes($1) }
    let tokens =
      (0...UInt8.max).map { Token(bytes: [$0], kind: .byte) } + pieces.map { Token(bytes: Array($0)) }
      + [Token("<end>", kind: .control)]
    let end = tokens.count - 1
    let tokenizer = NGramTokenizer(vocabulary: try Vocabulary(tokens: tokens, endOfGeneration: [end]))
    let documents = text.split(separator: "\n\n").map { document in
      tokenizer.encode(Array(document.utf8) + [UInt8(ascii: "\n")], options: EncodingOptions()) + [end]
    }
    self.words = tokenizer
    counts = NGramCounts(documents: documents, vocabularyCount: tokens.count)
    vectors = counts.cooccurrence(window: 12, contexts: 256)
  }

  func embeddings(_ side: EmbeddingSide) -> any EmbeddingTable { vectors }

  func makeSession() async throws -> any ModelSession {
    try await TextSession(of: self, tokenizer: words) { [counts] tokens in counts.logits(after: tokens[...]) }
  }
}

/// The longest words that the vocabulary has, else single bytes.
struct NGramTokenizer: Tokenizer {
  let vocabulary: Vocabulary

  func encode(_ text: [UInt8], options: EncodingOptions) -> [TokenID] {
    Words.split(text).flatMap { word in
      vocabulary.id(forBytes: word).map { [$0] } ?? word.map { TokenID($0) }
    }
  }
}
