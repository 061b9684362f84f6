internal import ModelBackends

/// A conversation with a model in ONNX Runtime. It runs on a thread of its own.
actor DecoderSession: ModelSession {
  private let executor: EngineExecutor
  private let decoder: CausalModel
  private var reader: ContextReader
  private var reading = PromptReading()
  /// What the model has read. Models without a cache start anew each time.
  private var state: DecoderState
  /// The logits after the last few of the tokens in `seen`.
  private var recent = RecentLogits()
  /// The tokens that logits are known for; those of `state` are the first of them.
  private var seen: [TokenID] = []
  /// Whether the graph gives logits after a run's last token alone, so that runs end wherever logits are needed.
  private var givesLastLogitsOnly: Bool
  /// Whether no run with several texts has failed yet.
  private var takesSeveralTexts = true

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Starts before the first token.
  init(_ decoder: CausalModel) throws {
    executor = EngineExecutor(label: "ONNX Runtime: \(decoder.name)")
    self.decoder = decoder
    reader = ContextReader(decoder.tokenizer)
    state = try DecoderState(slots: decoder.signature.slots, runtime: decoder.model.runtime)
    givesLastLogitsOnly = decoder.signature.givesLastLogitsOnly
  }

  func tokenCount(of context: ContextText) async throws -> Int? {
    try decoder.read(context, with: &reader).tokens.count
  }

  func predict(after context: ContextText) async throws -> Prediction {
    let text = try decoder.read(context, with: &reader)
    let needed = decoder.healer.boundaries(of: text, healing: context.healing)
    let work = try await evaluate(text.tokens, needed: needed, spare: context.healing.boundaries)
    let logits = try decoder.healer.heal(text, boundaries: needed) { count in
      guard let logits = recent[count] else { preconditionFailure("Logits after \(count) tokens are not known.") }
      return logits
    }
    let unknown = text.tokens.count { decoder.vocabulary.kind(of: $0) == .unknown }
    let dropped = decoder.tokenizer.droppedCharacters(in: context)
    return Prediction(logits: logits, work: work, unknownTokens: unknown + dropped)
  }

  func score(_ continuations: [[UInt8]], after context: ContextText) async throws -> ContinuationScores? {
    _ = try decoder.read(context, with: &reader)
    let plan = try ContinuationPlan(
      continuations, after: context, reader: reader, healer: decoder.healer, vocabulary: decoder.vocabulary,
      contextLength: decoder.contextLength)
    let work = try await evaluate(
      plan.tree.trunk, needed: plan.boundaries, spare: context.healing.boundaries)
    // Tensors never change once they are made: what is known of the text can be put back as it is.
    let (known, trunk, read) = (state, recent, seen)
    defer { (state, recent, seen) = (known, trunk, read) }
    let (nodes, more) = try await evaluate(plan.tree)
    let scores = try plan.logProbabilities(trunk: { trunk[$0] ?? [] }, nodes: nodes)
    return ContinuationScores(logProbabilities: scores, work: work + more)
  }

  func promptScore(of prompt: Prompt) async throws -> PromptScore? {
    let text = try decoder.read(ContextText(prompt: prompt), with: &reader)
    var work = Prediction.Work()
    let stretch = decoder.runLength(cached: 0, pending: text.tokens.count)
    for needed in reading.begin(text.tokens, stretch: stretch) {
      work = work + (try await evaluate(Array(text.tokens[..<needed.upperBound]), needed: needed, spare: 0))
      for count in needed {
        guard let logits = recent[count] else { preconditionFailure("Logits after \(count) tokens are not known.") }
        try reading.note(logits, after: count)
      }
    }
    return reading.score(of: text, vocabulary: decoder.vocabulary, work: work)
  }

  /// The logits after each node: in one run where the model takes several texts at once, else one after the other.
  private func evaluate(_ tree: TokenTree) async throws -> (logits: [[Float]], work: Prediction.Work) {
    guard !tree.nodes.isEmpty else { return ([], Prediction.Work()) }
    if tree.leaves.count > 1, takesSeveralTexts, !givesLastLogitsOnly {
      let stop = try RunStop(runtime: decoder.model.runtime)
      do {
        let result = try await withTaskCancellationHandler {
          try decoder.run(tree, after: state, stop: stop)
        } onCancel: {
          stop.stop()
        }
        if let result { return (result.logits, Prediction.Work(evaluated: result.evaluated)) }
      } catch {
        // Some graphs declare an open axis and then compute with one text; what else is wrong shows in the runs below.
        try Task.checkCancellation()
        takesSeveralTexts = false
      }
    }
    var work = Prediction.Work()
    var logits: [[Float]] = []
    for node in tree.nodes.indices {
      let tokens = tree.tokens(through: node)
      work = work + (try await evaluate(tokens, needed: tokens.count...tokens.count, spare: 0))
      guard let known = recent[tokens.count] else { preconditionFailure("Logits after a node are not known.") }
      logits.append(known)
    }
    return (logits, work)
  }

  /// Makes the logits known that are needed.
  ///
  /// - Parameter spare: How many positions before the last one may be asked for next, when the text has grown.
  private func evaluate(
    _ wanted: [TokenID], needed: ClosedRange<Int>, spare: Int
  ) async throws -> Prediction.Work {
    let plan = CachePlan(cached: seen, wanted: wanted, needed: needed, recent: recent)
    // What the state holds beyond the text may be wanted again.
    if plan.evaluated.isEmpty { return Prediction.Work(kept: wanted.count) }
    let cached = state.tokens.count
    try state.rollBack(to: min(cached, plan.kept))
    recent.forget(after: plan.common)
    seen = Array(wanted[..<plan.common])
    let kept = state.tokens.count
    let stop = try RunStop(runtime: decoder.model.runtime)
    do {
      // The runs stay on this actor's thread: nothing between here and the end lets go of it.
      let evaluated = try await withTaskCancellationHandler {
        try run(wanted, plan: plan, needed: needed, spare: spare, stop: stop)
      } onCancel: {
        stop.stop()
      }
      return Prediction.Work(kept: kept, dropped: cached - kept, evaluated: evaluated)
    } catch {
      // A run that was stopped fails; what the caller did comes before what the engine says about it.
      try Task.checkCancellation()
      throw error
    }
  }

  /// Runs the model on the tokens that the state lacks, a few at a time; returns how many went through it.
  private func run(
    _ wanted: [TokenID], plan: CachePlan, needed: ClosedRange<Int>, spare: Int, stop: RunStop
  ) throws -> Int {
    let first = min(needed.lowerBound, max(1, wanted.count - spare))
    let hasCache = !decoder.signature.slots.isEmpty
    var evaluated = 0
    var done = hasCache ? state.tokens.count : plan.kept
    while done < wanted.count {
      try Task.checkCancellation()
      let start = hasCache ? done : 0
      var end = start + decoder.runLength(cached: start, pending: wanted.count - start)
      if givesLastLogitsOnly { end = min(end, max(done + 1, needed.lowerBound)) }
      let rows = min(max(0, end - max(start, first - 1)), givesLastLogitsOnly ? 1 : .max)
      let result = try decoder.run(wanted[start..<end], after: state, rows: rows, stop: stop)
      evaluated += end - start
      if result.logits.count < rows {
        // The graph did not say so. Where more are needed, the run is made again in parts.
        givesLastLogitsOnly = true
        if end > needed.lowerBound { continue }
      }
      state.advance(by: wanted[start..<end], to: result.state)
      seen = Array(wanted[..<max(plan.common, end)])
      for (offset, logits) in result.logits.enumerated() {
        recent.keep(logits, after: end - result.logits.count + 1 + offset, needed: needed)
      }
      done = end
    }
    return evaluated
  }
}
