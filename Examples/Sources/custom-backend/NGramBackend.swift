import DeePEn

/// A complete backend without an engine: word counts from a text file.
struct NGramBackend: ModelBackend {
  let name = "n-gram"
  let vocabulary: Vocabulary
  let counts: NGramCounts
  let vectors: Matrix

  /// Learns from a text: its words (with the space before them) and all single bytes are the tokens.
  init(text: String) {
    let words = Set(Words.split(Array(text.utf8))).filter { $0.count > 1 }.sorted { $0.lexicographicallyPrecedes($1) }
    let tokens =
      (0...UInt8.max).map { Token(bytes: [$0], kind: .byte) } + words.map { Token(bytes: Array($0)) }
      + [Token("<end>", kind: .control)]
    let end = tokens.count - 1
    vocabulary = Vocabulary(tokens: tokens, endOfGeneration: [end])
    let known = vocabulary
    let documents = text.split(separator: "\n\n").map { document in
      NGramBackend.tokens(of: Array(document.utf8) + [UInt8(ascii: "\n")], in: known) + [end]
    }
    counts = NGramCounts(documents: documents, vocabularyCount: tokens.count)
    vectors = counts.cooccurrence(window: 12, contexts: 256)
  }

  func embeddings(_ side: EmbeddingSide) -> any EmbeddingTable { vectors }

  func makeSession() -> any ModelSession { NGramSession(backend: self) }

  /// The longest words that the vocabulary has, else single bytes.
  static func tokens(of bytes: [UInt8], in vocabulary: Vocabulary) -> [TokenID] {
    Words.split(bytes).flatMap { word in
      vocabulary.id(forBytes: word).map { [$0] } ?? word.map { TokenID($0) }
    }
  }
}

/// A session without a cache: counts are looked up for the last few tokens.
actor NGramSession: ModelSession {
  private let backend: NGramBackend

  init(backend: NGramBackend) {
    self.backend = backend
  }

  func predict(after context: ContextText) -> Prediction {
    let tokens = NGramBackend.tokens(of: context.bytes, in: backend.vocabulary)
    return Prediction(
      logits: backend.counts.logits(after: tokens), work: Prediction.Work(evaluated: tokens.count))
  }
}
