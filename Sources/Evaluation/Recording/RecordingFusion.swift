internal import Ensembling
internal import ModelBackends
internal import Synchronization

/// Records the steps that it is given and answers with the main model's logits.
final class RecordingFusion: TokenFusion {
  private struct State {
    var steps: [[[Float]?]] = []
    var byteCount = 0
    var promptScores: [PromptScore?]?
  }

  private let memoryLimit: Int
  private let state = Mutex(State())

  private let recordsPromptScores: Bool

  init(memoryLimit: Int, recordsPromptScores: Bool) {
    self.memoryLimit = memoryLimit
    self.recordsPromptScores = recordsPromptScores
  }

  func beginning(_ answer: AnswerStart) async throws -> any TokenFusion {
    if recordsPromptScores {
      let scores = try await answer.promptScores()
      state.withLock { $0.promptScores = scores }
    }
    return self
  }

  func fuse(_ step: Step) throws -> FusedLogits {
    let logits = step.logits
    let added = logits.reduce(0) { $0 + ($1?.count ?? 0) } * MemoryLayout<Float>.size
    try state.withLock { state in
      guard state.byteCount + added <= memoryLimit else {
        throw EvaluationError(
          .memoryLimit, "The recorded logits would take more than \(memoryLimit) bytes",
          remedy: "Record fewer or shorter texts, or raise the limit: a step takes \(added) bytes.")
      }
      state.byteCount += added
      state.steps.append(logits)
    }
    return FusedLogits(logits: step.main, weights: step.weights(ofMembers: []))
  }

  /// The steps since the last call; their memory still counts toward the limit.
  func takeSteps() -> [[[Float]?]] {
    state.withLock { state in
      defer { state.steps = [] }
      return state.steps
    }
  }

  /// The scores of the last text's prompt; `nil` where there were none.
  func takePromptScores() -> [PromptScore?]? {
    state.withLock { state in
      defer { state.promptScores = nil }
      return state.promptScores
    }
  }
}
