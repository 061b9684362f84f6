internal import LinearAlgebra
public import ModelBackends

/// A control: a model whose logits are permuted among its text tokens by a fixed random permutation.
///
/// It has the model's confidence, size, tokens and embeddings, but no knowledge: an ensemble's gain from it does not
/// come from knowledge. Tokens that are not text, and those that end a generation, keep their logits.
public struct ShuffledBackend: ModelBackend {
  private let base: any ModelBackend
  /// The token whose logit each token gets.
  private let sources: [TokenID]

  /// Wraps a model; equal seeds give equal permutations.
  ///
  /// - Complexity: O(V).
  public init(_ base: any ModelBackend, seed: UInt64) {
    self.base = base
    sources = Self.sources(in: base.vocabulary, seed: seed)
  }

  /// The token whose logit each token gets.
  static func sources(in vocabulary: Vocabulary, seed: UInt64) -> [TokenID] {
    let text = vocabulary.indices.filter { vocabulary.kind(of: $0).isText && !vocabulary.isEndOfGeneration($0) }
    var generator = SplitMix64(seed: seed)
    var sources = Array(vocabulary.indices)
    for (token, source) in zip(text, text.shuffled(using: &generator)) { sources[token] = source }
    return sources
  }

  /// The model's name, marked as shuffled.
  public var name: String { "\(base.name) (shuffled)" }
  /// The model's tokens.
  public var vocabulary: Vocabulary { base.vocabulary }
  /// The model's context length.
  public var contextLength: Int? { base.contextLength }
  /// The model's template.
  public var chatTemplate: (any PromptTemplate)? { base.chatTemplate }
  /// The model's tokenizer.
  public var tokenizer: (any Tokenizer)? { base.tokenizer }

  /// The model's embeddings.
  public func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable { try base.embeddings(side) }

  /// Starts a session of the model with permuted logits.
  public func makeSession() async throws -> any ModelSession {
    ShuffledSession(base: try await base.makeSession(), sources: sources)
  }
}

private final class ShuffledSession: ModelSession {
  private let base: any ModelSession
  private let sources: [TokenID]

  init(base: any ModelSession, sources: [TokenID]) {
    self.base = base
    self.sources = sources
  }

  func tokenCount(of context: ContextText) async throws -> Int? { try await base.tokenCount(of: context) }

  func predict(after context: ContextText) async throws -> Prediction {
    var prediction = try await base.predict(after: context)
    let logits = prediction.logits
    if logits.count == sources.count { prediction.logits = sources.map { logits[$0] } }
    return prediction
  }
}
