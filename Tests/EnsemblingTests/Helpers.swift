import LinearAlgebra
import ModelBackendTesting
import ModelBackends

@testable import Ensembling

struct ClosureFusion: TokenFusion {
  let body: @Sendable ([[Float]]) throws -> [Float]

  func fuse(_ step: Step) throws -> FusedLogits { FusedLogits(logits: try body(step.logits.compactMap(\.self))) }
}

/// The weighted mean of members that have the same vocabulary.
struct SameVocabularyMean: TokenFusion {
  func fuse(_ step: Step) throws -> FusedLogits {
    var mean = [Float](repeating: 0, count: step.main.count)
    for member in step.counting {
      for (token, probability) in try step.softmax(of: member).enumerated() {
        mean[token] += step.weights[member] * probability
      }
    }
    return FusedLogits(logits: mean.map { ElementaryFunctions.log($0) }, weights: step.weights)
  }
}

extension TokenFusion {
  /// Fuses a step of the main model and some assistants.
  func fuse(_ main: [Float], with assistants: [[Float]?], weights: [Float]? = nil) async throws -> FusedLogits {
    try await fuse(Step(logits: [main] + assistants, weights: weights))
  }
}

/// Counts the sessions that are created.
struct CountedBackend: ModelBackend {
  let base: ScriptedBackend
  let sessions: Counter
  var name: String { base.name }
  var vocabulary: Vocabulary { base.vocabulary }
  var contextLength: Int? { base.contextLength }

  func makeSession() async -> any ModelSession {
    await sessions.increment()
    return base.makeSession()
  }
}

actor Counter {
  var value = 0
  func increment() { value += 1 }
}

actor Log {
  var lines: [String] = []
  func add(_ line: String) { lines.append(line) }
}

/// A gate: nobody passes before it is opened.
actor Gate {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func pass() async {
    if !isOpen { await withCheckedContinuation { waiting.append($0) } }
  }

  func open() {
    isOpen = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
