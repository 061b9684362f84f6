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
    try state.rollBack(to: CachePlan(cached: state.tokens, wanted: wanted).kept)
    let kept = state.tokens.count
    let stop = try RunStop(runtime: decoder.model.runtime)
    do {
      // The runs stay on this actor's thread: nothing between here and the end lets go of it.
      let logits = try await withTaskCancellationHandler {
        try evaluate(wanted, from: kept, stop: stop)
      } onCancel: {
        stop.stop()
      }
      let work = Prediction.Work(kept: kept, dropped: cached - kept, evaluated: wanted.count - kept)
      return Prediction(logits: logits, work: work)
    } catch {
      // A run that was stopped fails; what the caller did comes before what the engine says about it.
      try Task.checkCancellation()
      throw error
    }
  }

  /// Runs the model on the tokens from a place on, a few at a time; returns the logits after the last.
  private func evaluate(_ wanted: [TokenID], from start: Int, stop: RunStop) throws -> [Float] {
    var logits: [Float] = []
    var next = start
    while next < wanted.count {
      try Task.checkCancellation()
      let end = next + decoder.runLength(cached: next, pending: wanted.count - next)
      let result = try decoder.run(wanted[next..<end], after: state, isLast: end == wanted.count, stop: stop)
      state.advance(by: wanted[next..<end], to: result.state)
      logits = result.logits
      next = end
    }
    return logits
  }
}
