internal import ModelBackends

/// A conversation with a model in ONNX Runtime. It runs on a thread of its own.
actor DecoderSession: ModelSession {
  private let executor: EngineExecutor
  private let decoder: CausalModel
  private var reader: ContextReader
  private var reading: PromptReading
  private var plan: PassPlan
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
    plan = PassPlan(stride: decoder.passStride)
    reading = PromptReading(stride: decoder.passStride)
    state = try DecoderState(slots: decoder.signature.slots, runtime: decoder.model.runtime)
    givesLastLogitsOnly = decoder.signature.givesLastLogitsOnly
  }

  func tokenCount(of context: ContextText) async throws -> Int? {
    try decoder.read(context, with: &reader).tokens.count
  }

  func predict(after context: ContextText) async throws -> Prediction {
    let text = try decoder.read(context, with: &reader)
    let needed = decoder.healer.boundaries(of: text, healing: context.healing)
    let work = try await read(text.tokens, of: context, needed: needed)
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
    let work = try await read(plan.tree.trunk, of: context, needed: plan.boundaries)
    // Tensors never change once they are made: what is known of the text can be put back as it is.
    let (known, trunk, read, passes) = (state, recent, seen, self.plan)
    defer { (state, recent, seen, self.plan) = (known, trunk, read, passes) }
    let (nodes, more) = try await evaluate(plan.tree)
    let scores = try plan.logProbabilities(trunk: { trunk[$0] ?? [] }, nodes: nodes)
    return ContinuationScores(logProbabilities: scores, work: work + more)
  }

  func promptScore(of prompt: RenderedPrompt) async throws -> PromptScore? {
    let context = ContextText(prompt: prompt)
    let text = try decoder.read(context, with: &reader)
    var work = Prediction.Work()
    if let needed = reading.begin(text.tokens) {
      work = try await evaluate(text.tokens, .afresh, needed: needed, spare: 0) { logits, count in
        try self.reading.note(logits, after: count)
      }
      reading.end(whole: plan.whole)
      plan.finish(.afresh, of: context, outputs: needed)
      plan.disturb()
    }
    return reading.score(of: text, vocabulary: decoder.vocabulary, work: work)
  }

  /// Reads a text, as far as an answer to it may not build on what was read before (`PassPlan`).
  private func read(
    _ tokens: [TokenID], of context: ContextText, needed: ClosedRange<Int>
  ) async throws -> Prediction.Work {
    let spare = context.healing.boundaries
    let outputs = firstOutput(of: tokens, needed: needed, spare: spare)...tokens.count
    let reading = plan.reading(of: context, outputs: outputs)
    let work = try await evaluate(tokens, reading, needed: needed, spare: spare)
    plan.finish(reading, of: context, outputs: outputs)
    return work
  }

  /// The count of tokens after which logits are made first.
  private func firstOutput(of tokens: [TokenID], needed: ClosedRange<Int>, spare: Int) -> Int {
    min(needed.lowerBound, max(1, tokens.count - spare))
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
      work = work + (try await evaluate(tokens, .onward, needed: tokens.count...tokens.count, spare: 0))
      guard let known = recent[tokens.count] else { preconditionFailure("Logits after a node are not known.") }
      logits.append(known)
    }
    return (logits, work)
  }

  /// Makes the logits known that are needed.
  ///
  /// - Parameters:
  ///   - spare: How many positions before the last one may be asked for next, when the text has grown.
  ///   - body: Is shown the logits after each token that is needed, which are not kept then.
  private func evaluate(
    _ wanted: [TokenID], _ reading: PassPlan.Reading, needed: ClosedRange<Int>, spare: Int,
    showing body: ((_ logits: [Float], _ count: Int) throws -> Void)? = nil
  ) async throws -> Prediction.Work {
    let cached = state.tokens.count
    // How many tokens logits are known for, and how many the engine need not run again.
    let (known, done): (Int, Int)
    switch reading {
    case .afresh:
      let common = zip(seen, wanted).prefix { $0 == $1 }.count
      let outputs = firstOutput(of: wanted, needed: needed, spare: spare)...wanted.count
      try state.rollBack(to: min(cached, plan.kept(common: common, outputs: outputs)))
      recent = RecentLogits()
      (known, done) = (state.tokens.count, state.tokens.count)
    case .onward:
      let plan = CachePlan(cached: seen, wanted: wanted, needed: needed, recent: recent)
      // What the state holds beyond the text may be wanted again.
      if plan.evaluated.isEmpty { return Prediction.Work(kept: wanted.count) }
      try state.rollBack(to: min(cached, plan.kept))
      recent.forget(after: plan.common)
      (known, done) = (plan.common, plan.kept)
    }
    seen = Array(wanted[..<known])
    let kept = state.tokens.count
    plan.cut(to: kept)
    let stop = try RunStop(runtime: decoder.model.runtime)
    do {
      // The runs stay on this actor's thread: nothing between here and the end lets go of it.
      let evaluated = try await withTaskCancellationHandler {
        try run(wanted, reading, known: known, done: done, needed: needed, spare: spare, stop: stop, showing: body)
      } onCancel: {
        stop.stop()
      }
      return Prediction.Work(kept: kept, dropped: cached - kept, evaluated: evaluated)
    } catch {
      plan.forget()
      // A run that was stopped fails; what the caller did comes before what the engine says about it.
      try Task.checkCancellation()
      throw error
    }
  }

  /// Runs the model on the tokens that the state lacks, a few at a time; returns how many went through it.
  private func run(
    _ wanted: [TokenID], _ reading: PassPlan.Reading, known: Int, done: Int, needed: ClosedRange<Int>, spare: Int,
    stop: RunStop, showing body: ((_ logits: [Float], _ count: Int) throws -> Void)?
  ) throws -> Int {
    let first = firstOutput(of: wanted, needed: needed, spare: spare)
    let hasCache = !decoder.signature.slots.isEmpty
    var evaluated = 0
    var done = hasCache ? state.tokens.count : done
    while done < wanted.count {
      try Task.checkCancellation()
      let start = hasCache ? done : 0
      var end = start + decoder.runLength(cached: start, pending: wanted.count - start)
      if reading == .afresh { end = min(end, plan.passEnd(from: start, of: wanted.count)) }
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
      if hasCache { plan.note(pass: start..<end) }
      seen = Array(wanted[..<max(known, end)])
      for (offset, logits) in result.logits.enumerated() {
        let count = end - result.logits.count + 1 + offset
        if let body { try body(logits, count) } else { recent.keep(logits, after: count, needed: needed) }
      }
      done = end
    }
    return evaluated
  }
}
