import LinearAlgebra
import ModelBackendTesting
import ModelBackends

@testable import Ensembling

struct ClosureFusion: TokenFusion {
  let body: @Sendable ([[Float]]) throws -> [Float]

  func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    FusedLogits(logits: try body([main] + assistants.compactMap(\.self)))
  }
}

/// The weighted mean of members that have the same vocabulary.
struct SameVocabularyMean: WeightedFusion {
  var weights: [Float]

  func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    let all = [main] + assistants
    let sum = zip(weights, all).reduce(0) { $0 + ($1.1 == nil ? 0 : $1.0) }
    var mean = [Float](repeating: 0, count: main.count)
    for case (let weight, let logits?) in zip(weights, all) {
      for (token, probability) in try softmax(logits).enumerated() { mean[token] += weight / sum * probability }
    }
    let shares = zip(weights, all).map { $1 == nil ? 0 : $0 / sum }
    return FusedLogits(logits: mean.map { ElementaryFunctions.log($0) }, weights: shares)
  }
}

/// Counts the sessions that are made.
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

/// Nobody passes before it is opened.
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
