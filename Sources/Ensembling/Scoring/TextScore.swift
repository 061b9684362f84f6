internal import LinearAlgebra
public import ModelBackends

/// An ensemble's score of a given text, by tokens of the main model and by bytes.
public struct TextScore: Sendable, Hashable {
  /// A token of the text.
  public struct ScoredToken: Sendable, Hashable {
    /// The main model's token.
    public var token: TokenID
    /// Its bytes.
    public var bytes: [UInt8]
    /// The natural logarithm of its probability after the text before it; −∞ where the ensemble rules it out.
    public var logProbability: Float

    /// Creates a token.
    package init(token: TokenID, bytes: [UInt8], logProbability: Float) {
      self.token = token
      self.bytes = bytes
      self.logProbability = logProbability
    }
  }

  /// The text's tokens, in order.
  public var tokens: [ScoredToken]
  /// The length of the text in bytes.
  public var byteCount: Int

  /// The byte ranges of the text that were scored in one window each, in order; more than one where the text is longer
  /// than a context.
  public var windows: [Range<Int>]
  /// The members' events, in order; steps count from the beginning of a window.
  public var events: [MemberEvent]

  /// Creates a score.
  ///
  /// - Parameters:
  ///   - tokens: The text's tokens, in order.
  ///   - byteCount: The length of the text in bytes.
  ///   - windows: The byte ranges of the windows; `nil` for the whole text.
  ///   - events: The members' events.
  package init(
    tokens: [ScoredToken], byteCount: Int, windows: [Range<Int>]? = nil, events: [MemberEvent] = []
  ) {
    self.tokens = tokens
    self.byteCount = byteCount
    self.windows = windows ?? [0..<byteCount]
    self.events = events
  }

  /// The natural logarithm of the text's probability, in the main model's tokenisation.
  public var logProbability: Double { tokens.reduce(0) { $0 + Double($1.logProbability) } }

  /// −log₂ p divided by the length in bytes, which compares models with different tokens; 0 for an empty text.
  public var bitsPerByte: Double {
    byteCount == 0 ? 0 : -logProbability / ElementaryFunctions.log(2.0) / Double(byteCount)
  }
}

extension Ensemble {
  /// Scores a text as the answer to a conversation, without generating.
  ///
  /// The text is read in the main model's own tokens; assistants read its bytes. The end of the answer is not scored.
  ///
  /// A text that does not fit into every member's context is scored in windows, each token once. A window after the
  /// first is read after the conversation and the end of the window before, as if the text had begun there. Windows
  /// begin and end where every member's tokenizer allows a cut (`Tokenizer.canCut`), and the shortest context decides.
  ///
  /// - Parameters:
  ///   - text: The text to score, with its leading space if the prompt ends without one.
  ///   - messages: The conversation.
  ///   - overlap: The share of a context, beside the conversation, that is read again in each window but the first: 0
  ///     or more, below 1, at least a word. A larger share is closer to an unlimited context, and needs more windows.
  /// - Throws: ``EnsembleError``, with the code `unsupported` where the main model's backend has no tokenizer, or a
  ///   text that is too long cannot be cut.
  /// - Complexity: A fused step for each token of the text. Members read up to 128 positions in one call
  ///   (`ModelSession.predictions(after:of:)`), which is one deadline, and the next ones while these are fused: a
  ///   member's logits take at most 128 MiB. Each window after the first reads its overlap again.
  public func score(_ text: String, after messages: [Message], overlap: Double = 0.5) async throws -> TextScore {
    try await score(text, after: .conversation(messages), overlap: overlap)
  }

  /// Scores a text as the continuation of another, without templates and without generating.
  ///
  /// A text that does not fit into every member's context is scored in windows, as ``score(_:after:overlap:)``
  /// describes; the beginning is then only in the first one.
  ///
  /// - Parameters:
  ///   - text: The text to score, with its leading space.
  ///   - beginning: The text before it.
  ///   - overlap: The share of a context that is read again in each window but the first: 0 or more, below 1, at least
  ///     a word.
  /// - Throws: ``EnsembleError``, with the code `unsupported` where the main model's backend has no tokenizer, or a
  ///   text that is too long cannot be cut.
  /// - Complexity: A fused step for each token of the text. Members read up to 128 positions in one call
  ///   (`ModelSession.predictions(after:of:)`), which is one deadline, and the next ones while these are fused: a
  ///   member's logits take at most 128 MiB. Each window after the first reads its overlap again.
  public func score(_ text: String, continuing beginning: String, overlap: Double = 0.5) async throws -> TextScore {
    try await score(text, after: .text(beginning), overlap: overlap)
  }

  /// Scores a text after a beginning.
  ///
  /// - Parameter pieceLimit: The maximum number of positions in one call; `nil` for as many as memory allows.
  func score(
    _ text: String, after beginning: Beginning, overlap: Double = 0.5, pieceLimit: Int? = nil
  ) async throws -> TextScore {
    let main = members[0]
    guard overlap >= 0, overlap < 1 else {
      throw EnsembleError(
        .invalidOptions, "an overlap of \(overlap) leaves no room in a context", remedy: "Use 0 or more, below 1.")
    }
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
    let known = main.backend.vocabulary.indices
    if let unknown = tokens.first(where: { !known.contains($0) }) {
      throw EnsembleError(
        .unsupported, member: main.name,
        "its tokenizer gives token \(unknown), and its vocabulary has \(known.count) tokens",
        remedy: "Give the backend the tokenizer that belongs to its vocabulary.")
    }
    let service = MemberService(members, pool: sessions, pieceLimit: pieceLimit, schedule: schedule)
    let windows: [ScoreWindows.Window]
    do {
      windows = try await ScoreWindows.divide(tokens, after: beginning, overlap: overlap, countedBy: service)
    } catch {
      await service.close()
      throw error
    }
    var scored: [TextScore.ScoredToken] = []
    var ranges: [Range<Int>] = []
    for window in windows {
      let (first, start) = (scored.count, ranges.last?.upperBound ?? 0)
      scored += try await score(Array(tokens[window.tokens]), after: window.beginning, readBy: service)
      ranges.append(start..<scored[first...].reduce(start) { $0 + $1.bytes.count })
      guard scored.count == window.tokens.upperBound else { break }
    }
    try Task.checkCancellation()
    guard scored.count == tokens.count else {
      throw EnsembleError(
        .invalidOptions, member: main.name,
        "only \(scored.count) of the text's \(tokens.count) tokens fit into the members' contexts",
        remedy: "Score the text in shorter parts.")
    }
    return TextScore(tokens: scored, byteCount: bytes.count, windows: ranges, events: await service.events)
  }

  /// The probabilities of given tokens; fewer of them where a member cannot read on.
  private func score(
    _ tokens: [TokenID], after beginning: Beginning, readBy service: MemberService
  ) async throws -> [TextScore.ScoredToken] {
    let stream = ResponseStream(
      Generation(
        service: service, weights: weights, fusion: fusion, beginning: beginning,
        options: ResponseOptions(maximumTokens: tokens.count), given: tokens))
    var scored: [TextScore.ScoredToken] = []
    for try await element in stream {
      guard let token = element.token else { continue }
      scored.append(
        TextScore.ScoredToken(
          token: token, bytes: Array(members[0].backend.vocabulary.bytes(of: token)),
          logProbability: element.logProbability))
    }
    return scored
  }
}
