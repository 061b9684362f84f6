internal import LinearAlgebra
public import ModelBackends

/// How likely an ensemble finds a given text, by tokens of the main model and by bytes.
public struct TextScore: Sendable, Hashable {
  /// A token of the text.
  public struct ScoredToken: Sendable, Hashable {
    /// The main model's token.
    public var token: TokenID
    /// Its bytes.
    public var bytes: [UInt8]
    /// The natural logarithm of its probability after what comes before it; −∞ where the ensemble rules it out.
    public var logProbability: Float

    /// Describes a token.
    public init(token: TokenID, bytes: [UInt8], logProbability: Float) {
      self.token = token
      self.bytes = bytes
      self.logProbability = logProbability
    }
  }

  /// The text's tokens, in order.
  public var tokens: [ScoredToken]
  /// The length of the text in bytes.
  public var byteCount: Int

  /// Makes a score.
  public init(tokens: [ScoredToken], byteCount: Int) {
    self.tokens = tokens
    self.byteCount = byteCount
  }

  /// The natural logarithm of the text's probability, in the main model's tokenisation.
  public var logProbability: Double { tokens.reduce(0) { $0 + Double($1.logProbability) } }

  /// −log₂ p divided by the length in bytes, which compares models with different tokens; 0 for an empty text.
  public var bitsPerByte: Double {
    byteCount == 0 ? 0 : -logProbability / ElementaryFunctions.log(2.0) / Double(byteCount)
  }
}

extension Ensemble {
  /// How likely a text is as the answer to a conversation, without generating.
  ///
  /// The text is read in the main model's own tokens; assistants read its bytes. The end of the answer is not scored.
  ///
  /// - Parameters:
  ///   - text: The text to score, with its leading space if the prompt ends without one.
  ///   - messages: The conversation.
  /// - Throws: ``EnsembleError``, with the code `unsupported` where the main model's backend has no tokenizer.
  /// - Complexity: A step of generation for each token of the text.
  public func score(_ text: String, after messages: [Message]) async throws -> TextScore {
    try await score(text, after: .conversation(messages))
  }

  /// How likely a text is as the continuation of another, without templates and without generating.
  ///
  /// - Parameters:
  ///   - text: The text to score, with its leading space.
  ///   - beginning: What comes before it.
  /// - Throws: ``EnsembleError``, with the code `unsupported` where the main model's backend has no tokenizer.
  /// - Complexity: A step of generation for each token of the text.
  public func score(_ text: String, continuing beginning: String) async throws -> TextScore {
    try await score(text, after: .text(beginning))
  }

  private func score(_ text: String, after beginning: Beginning) async throws -> TextScore {
    let main = members[0]
    guard let tokenizer = main.backend.tokenizer else {
      throw EnsembleError(
        .unsupported, member: main.name, "its backend has no tokenizer, so that given texts cannot be scored",
        remedy: "Let the backend's `tokenizer` return one, or choose another main model.")
    }
    let bytes = Array(text.utf8)
    let tokens: [TokenID]
    do {
      tokens = try tokenizer.encode(bytes, options: EncodingOptions(isStart: false))
    } catch {
      throw EnsembleError(error, of: main, during: "it could not read the text to score")
    }
    guard !tokens.isEmpty else { return TextScore(tokens: [], byteCount: bytes.count) }
    let stream = ResponseStream(
      Generation(
        members: members, fusion: fusion, pool: sessions, beginning: beginning,
        options: GenerationOptions(maximumTokens: tokens.count), given: tokens))
    var scored: [TextScore.ScoredToken] = []
    for try await element in stream {
      guard let token = element.token else { continue }
      scored.append(
        TextScore.ScoredToken(
          token: token, bytes: Array(main.backend.vocabulary.bytes(of: token)), logProbability: element.logProbability))
    }
    try Task.checkCancellation()
    guard scored.count == tokens.count else {
      throw EnsembleError(
        .invalidOptions, member: main.name,
        "only \(scored.count) of the text's \(tokens.count) tokens fit into the members' contexts",
        remedy: "Score the text in shorter parts.")
    }
    return TextScore(tokens: scored, byteCount: bytes.count)
  }
}
