internal import BackendSupport
public import LinearAlgebra
public import ModelBackends

/// A backend without weights: a closure answers instead of a model.
///
/// ```swift
/// import ModelBackends
///
/// let model = ScriptedBackend(name: "yes", tokens: ["yes", "no", "</s>"]) { context in
///   context.answer.isEmpty ? [5, 0, 0] : [0, 0, 5]
/// }
/// ```
public struct ScriptedBackend: ModelBackend {
  /// The closure that answers: returns next-token logits for a text.
  public typealias Script = @Sendable (ContextText) async throws -> [Float]

  /// The backend's name.
  public let name: String
  /// The tokens.
  public let vocabulary: Vocabulary
  /// The maximum number of tokens that it accepts.
  public let contextLength: Int?

  private let table: Matrix?
  private let script: Script

  /// Creates a backend.
  ///
  /// - Parameters:
  ///   - name: The backend's name.
  ///   - vocabulary: The tokens.
  ///   - embeddings: Token vectors, `[vocabulary × dimension]`, if it has any.
  ///   - contextLength: The maximum number of bytes of text; more is an error, as with a real model.
  ///   - script: The closure that answers.
  public init(
    name: String = "scripted", vocabulary: Vocabulary, embeddings: Matrix? = nil, contextLength: Int? = nil,
    script: @escaping Script
  ) {
    self.name = name
    self.vocabulary = vocabulary
    table = embeddings
    self.contextLength = contextLength
    self.script = script
  }

  /// Creates a backend whose last token ends the answer.
  ///
  /// - Precondition: There is a token.
  public init(name: String = "scripted", tokens: [String], embeddings: Matrix? = nil, script: @escaping Script) {
    let texts = tokens.dropLast().map { Token($0) }
    let end = tokens.suffix(1).map { Token($0, kind: .control) }
    let vocabulary = Vocabulary(known: texts + end, endOfGeneration: [tokens.count - 1])
    self.init(name: name, vocabulary: vocabulary, embeddings: embeddings, script: script)
  }

  /// The token vectors that the backend was created with.
  public func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable {
    guard let table else {
      throw BackendError(
        .noEmbeddings, in: name, "was created without embeddings", remedy: "Pass a matrix when creating it.")
    }
    return table
  }

  /// Creates a session that calls the script.
  public func makeSession() -> any ModelSession {
    ScriptedSession(name: name, vocabulary: vocabulary, contextLength: contextLength, script: script)
  }
}

private actor ScriptedSession: ModelSession {
  private let name: String
  private let vocabulary: Vocabulary
  private let contextLength: Int?
  private let script: ScriptedBackend.Script
  private var seen: [UInt8] = []

  init(name: String, vocabulary: Vocabulary, contextLength: Int?, script: @escaping ScriptedBackend.Script) {
    self.name = name
    self.vocabulary = vocabulary
    self.contextLength = contextLength
    self.script = script
  }

  func tokenCount(of context: ContextText) async throws -> Int? { try length(of: context) }

  /// Counts a byte as a token, and a chosen token as one too.
  private func length(of context: ContextText) throws -> Int {
    let chosen = context.answerTokens ?? []
    if !chosen.isEmpty {
      try ContextTokens(tokens: chosen, chosenStart: 0).check(for: name, vocabulary: vocabulary, contextLength: nil)
    }
    let count = context.answerTokens == nil ? context.bytes.count : context.prompt.bytes.count + chosen.count
    if let contextLength, count > contextLength {
      throw BackendError(
        .contextOverflow, in: name, "the text has \(count) bytes, the limit is \(contextLength)",
        remedy: "Shorten the text.")
    }
    return count
  }

  func predict(after context: ContextText) async throws -> Prediction {
    _ = try length(of: context)
    let text = context.bytes
    let kept = zip(seen, text).prefix { $0 == $1 }.count
    let work = Prediction.Work(kept: kept, dropped: seen.count - kept, evaluated: text.count - kept)
    seen = text
    return Prediction(logits: try await script(context), work: work)
  }
}
