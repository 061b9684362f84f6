internal import Ensembling
internal import ModelBackends
internal import Synchronization

/// Keeps what it is given and answers with the main model's logits.
final class RecordingFusion: TokenFusion {
  private struct State {
    var steps: [[[Float]?]] = []
    var byteCount = 0
    var promptScores: [PromptScore?]?
  }

  private let memoryLimit: Int
  private let state = Mutex(State())

  init(memoryLimit: Int) {
    self.memoryLimit = memoryLimit
  }

  func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    let logits = [main] + assistants
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
    return FusedLogits(logits: main, weights: [1] + assistants.map { _ in 0 })
  }

  /// The steps since the last call; what they take still counts toward the limit.
  func takeSteps() -> [[[Float]?]] {
    state.withLock { state in
      defer { state.steps = [] }
      return state.steps
    }
  }

  /// Keeps the members' scores of a prompt.
  func note(_ scores: [PromptScore?]) {
    state.withLock { $0.promptScores = scores }
  }

  /// The scores of the last text's prompt; `nil` where there were none.
  func takePromptScores() -> [PromptScore?]? {
    state.withLock { state in
      defer { state.promptScores = nil }
      return state.promptScores
    }
  }
}

/// Also keeps what the members say about their prompts.
struct PromptRecordingFusion: PromptDependentFusion {
  let recorder: RecordingFusion

  func prepared(for scores: [PromptScore?]) -> any TokenFusion {
    recorder.note(scores)
    return recorder
  }

  func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    try recorder.fuse(main, with: assistants)
  }
}
