import LinearAlgebra
import ModelBackends

/// What holds for the logits of every member, whatever rule fuses them.
enum Logits {
  /// What keeps logits from being used: there must be one for each token, numbers or −∞, not all −∞.
  static func problem(with logits: [Float], expecting count: Int) -> String? {
    guard logits.count == count else { return "there are \(logits.count) logits for a vocabulary of \(count) tokens" }
    if let bad = logits.firstIndex(where: { $0.isNaN || $0 == .infinity }) {
      return "the logit of token \(bad) is \(logits[bad])"
    }
    return logits.contains { $0 > -.infinity } ? nil : "all logits are −∞"
  }

  /// Lets a model's usual end of a generation stand for all of its ends, so that they are one anchor and one choice: its
  /// probability becomes the sum of theirs.
  ///
  /// With one end or none, nothing changes.
  static func joinEnds(of logits: inout [Float], in vocabulary: Vocabulary) throws {
    let ends = vocabulary.endOfGeneration
    let possible = ends.filter { logits[$0] > -.infinity }
    guard ends.count > 1, !possible.isEmpty else { return }
    let sum = try logSumExp(possible.map { logits[$0] })
    for end in ends { logits[end] = -.infinity }
    logits[ends[0]] = sum
  }

  /// The probability that logits with joined ends give to the end of the answer.
  static func endProbability(of logits: [Float], in vocabulary: Vocabulary) throws -> Double {
    guard let end = vocabulary.endOfGeneration.first else { return 0 }
    return Double(try softmax(logits)[end])
  }
}
