internal import ModelBackends

/// A conversation with a model in ONNX Runtime. It runs on a thread of its own.
actor DecoderSession: ModelSession {
  private let executor: EngineExecutor
  private let decoder: CausalModel
  private var state: DecoderState

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Starts before the first token.
  init(_ decoder: CausalModel) throws {
    executor = EngineExecutor(label: "ONNX Runtime: \(decoder.name)")
    self.decoder = decoder
    state = try DecoderState(slots: decoder.signature.slots, runtime: decoder.model.runtime)
  }

  func predict(after context: ContextText) async throws -> Prediction {
    let wanted = try decoder.tokens(of: context)
    let cached = state.tokens.count
    let plan = CachePlan(cached: state.tokens, wanted: wanted)
    try state.rollBack(to: plan.kept)
    let kept = state.tokens.count
    var logits: [Float] = []
    var next = kept
    while next < wanted.count {
      try Task.checkCancellation()
      let count = decoder.runLength(cached: next, pending: wanted.count - next)
      let tokens = wanted[next..<next + count]
      let result = try await decoder.run(tokens, after: state, isLast: next + count == wanted.count)
      state.advance(by: tokens, to: result.state)
      logits = result.logits
      next += count
    }
    let work = Prediction.Work(kept: kept, dropped: cached - kept, evaluated: wanted.count - kept)
    return Prediction(logits: logits, work: work)
  }
}
