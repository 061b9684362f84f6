public import ModelBackends

/// A session around an engine that reads only tokens.
///
/// It tokenises texts, decides which part of the engine's cache can be reused, heals texts that end inside a token,
/// predicts at many positions of a text in one pass, scores continuations and prompts, and counts its work. Earlier
/// requests change no bit of an answer.
///
/// ```swift
/// import BackendSupport
/// import ModelBackends
///
/// func makeSession(of backend: some ModelBackend, tokenizer: some Tokenizer) async throws -> any ModelSession {
///   try await TextSession(of: backend, tokenizer: tokenizer) { tokens in
///     [Float](repeating: 0, count: 1000)  // The logits after these token ids.
///   }
/// }
/// ```
///
/// An engine with a cache is a ``TokenEvaluator``. It is called on a queue of the session's own, where it may block.
public actor TextSession: ModelSession {
  private let executor: EngineExecutor
  private let name: String
  private let vocabulary: Vocabulary
  private let contextLength: Int?
  private let healer: TokenHealer
  private var reader: ContextReader
  /// Tokenises the prefixes of a text, each from the end of the previous one.
  private var prefixReader: ContextReader
  private var prompt: PromptReading
  private let cache: TokenCache

  /// The session's own queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Creates a session with an engine.
  ///
  /// - Parameters:
  ///   - backend: The session's backend: provides the name, the vocabulary and the context length.
  ///   - tokenizer: The engine's tokenizer.
  ///   - makeEvaluator: Creates the evaluator, on the session's queue.
  /// - Throws: The errors of `makeEvaluator`.
  public init(
    of backend: some ModelBackend, tokenizer: some Tokenizer,
    makeEvaluator: @escaping @Sendable () throws -> sending any TokenEvaluator
  ) async throws {
    try await self.init(
      of: backend, tokenizer: tokenizer, healer: TokenHealer(backend.vocabulary, name: backend.name),
      makeEvaluator: makeEvaluator)
  }

  /// Creates a session around a function from token ids to logits, which is called for every prefix of a text that is
  /// needed.
  public init(
    of backend: some ModelBackend, tokenizer: some Tokenizer,
    logits: @escaping @Sendable (_ tokens: [TokenID]) throws -> [Float]
  ) async throws {
    try await self.init(of: backend, tokenizer: tokenizer, makeEvaluator: { TokenFunction(logits: logits) })
  }

  /// Creates a session that shares a healer with others of its backend.
  package init(
    of backend: some ModelBackend, tokenizer: some Tokenizer, healer: TokenHealer,
    makeEvaluator: @escaping @Sendable () throws -> sending any TokenEvaluator
  ) async throws {
    executor = EngineExecutor(label: backend.name)
    name = backend.name
    vocabulary = backend.vocabulary
    contextLength = backend.contextLength
    self.healer = healer
    reader = ContextReader(tokenizer)
    prefixReader = reader
    cache = try await EngineQueue(executor).run { [name] in TokenCache(try makeEvaluator(), name: name) }
    prompt = PromptReading(stride: cache.stride)
  }

  /// The number of the text's tokens.
  public func tokenCount(of context: ContextText) async throws -> Int? {
    try read(context, with: &reader).tokens.count
  }

  /// The healed logits after a text.
  public func predict(after context: ContextText) async throws -> Prediction {
    let text = try read(context, with: &reader)
    let boundaries = healer.boundaries(of: text, healing: context.healing)
    var sum = HealingSum(text, boundaries: boundaries, healer: healer)
    let work = try await evaluate {
      try cache.read(text.tokens, of: context, needed: boundaries) { try sum.add(LogitRow($1), at: $0) }
    }
    return Prediction(logits: sum.logits ?? [], work: work, unknownTokens: unknownTokens(in: text, of: context))
  }

  /// The healed logits after several prefixes: from one pass over the text, and from branches where the tokens of a
  /// prefix differ.
  public func predictions(after prefixes: [ContextText.Prefix], of context: ContextText) async throws -> [Prediction?] {
    let parts = prefixes.map { context.prefix($0) }
    let texts = try parts.map { part -> ContextTokens? in
      do {
        return try read(part, with: &prefixReader)
      } catch let error as BackendError where error.code == .tokenization {
        return nil
      }
    }
    guard let longest = texts.last(where: { $0 != nil }) ?? nil else { return texts.map { _ in nil } }
    let whole = (try? reader.read(context).tokens) ?? longest.tokens
    var plan = PositionPlan(texts, whole: whole, healing: context.healing, healer: healer)
    let work = try await evaluate {
      try cache.read(
        plan.trunk, and: plan.trees, of: context, positions: (prefixes[0], prefixes[prefixes.count - 1]),
        needed: plan.counts, { try plan.add($1, after: $0) },
        { try plan.add($2, afterNode: $1, ofTree: $0) })
    }
    let first = texts.firstIndex { $0 != nil }
    return zip(texts, plan.logits).enumerated().map { index, answer in
      guard let text = answer.0, let logits = answer.1 else { return nil }
      return Prediction(
        logits: logits, work: index == first ? work : Prediction.Work(),
        unknownTokens: unknownTokens(in: text, of: parts[index]))
    }
  }

  /// The scores of continuations; those with a common prefix share evaluations.
  public func score(_ continuations: [[UInt8]], after context: ContextText) async throws -> ContinuationScores? {
    _ = try read(context, with: &reader)
    let plan = try ContinuationPlan(
      continuations, after: context, reader: reader, healer: healer, vocabulary: vocabulary,
      contextLength: contextLength)
    var trunk: [Int: [Float]] = [:]
    var nodes = [[Float]](repeating: [], count: plan.tree.nodes.count)
    let work = try await evaluate {
      try cache.read(plan.tree.trunk, of: context, needed: plan.boundaries) { trunk[$0] = $1 }
        + cache.evaluate(plan.tree) { nodes[$0] = $1 }
    }
    return ContinuationScores(
      logProbabilities: try plan.logProbabilities(trunk: { trunk[$0] ?? [] }, nodes: nodes), work: work)
  }

  /// The score of a prompt's words; the cached part of an earlier prompt's beginning is not evaluated again.
  public func promptScore(of prompt: RenderedPrompt) async throws -> PromptScore? {
    let context = ContextText(prompt: prompt)
    let text = try read(context, with: &reader)
    var work = Prediction.Work()
    if let needed = self.prompt.begin(text.tokens) {
      work = try await evaluate {
        try cache.readPrompt(text.tokens, of: context, needed: needed) { try self.prompt.note($1, after: $0) }
      }
      self.prompt.end(whole: cache.wholePasses)
    }
    return self.prompt.score(of: text, vocabulary: vocabulary, work: work)
  }

  /// A text's tokens, checked against the model's limit.
  private func read(_ context: ContextText, with reader: inout ContextReader) throws -> ContextTokens {
    let text: ContextTokens
    do {
      text = try reader.read(context)
    } catch {
      if error is BackendError { throw error }
      throw BackendError(
        .tokenization, in: name, "the text cannot be turned into tokens (\(error))",
        remedy: "Leave out what the vocabulary cannot express")
    }
    try text.check(for: name, vocabulary: vocabulary, contextLength: contextLength)
    return text
  }

  private func unknownTokens(in text: ContextTokens, of context: ContextText) -> Int {
    text.tokens.count { vocabulary.kind(of: $0) == .unknown } + reader.tokenizer.droppedCharacters(in: context)
  }

  /// Runs the engine until it is done or the task is cancelled.
  private func evaluate<Result>(_ body: () throws -> Result) async throws -> Result {
    let interrupt = try cache.interruption()
    // This stays on the session's own thread: nothing between here and the end suspends.
    return try await withTaskCancellationHandler {
      try body()
    } onCancel: {
      interrupt()
    }
  }
}

/// Runs code that an actor needs before it exists, on the executor that it will have.
private actor EngineQueue {
  private let executor: EngineExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ executor: EngineExecutor) {
    self.executor = executor
  }

  func run<Result>(_ body: @Sendable () throws -> sending Result) throws -> sending Result { try body() }
}
