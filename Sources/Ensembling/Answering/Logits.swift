import LinearAlgebra
import ModelBackends

/// Checks of every member's logits, common to all rules.
enum Logits {
  /// The peak of some logits, or the problem with them: there must be one for each token, numbers or −∞, not all −∞.
  static func peak(of logits: [Float], expecting count: Int) -> Result<Peak, Problem> {
    guard logits.count == count else {
      return .failure(Problem("there are \(logits.count) logits for a vocabulary of \(count) tokens"))
    }
    if let peak = try? Peak(of: logits) { return .success(peak) }
    if let bad = logits.firstIndex(where: { $0.isNaN || $0 == .infinity }) {
      return .failure(Problem("the logit of token \(bad) is \(logits[bad])"))
    }
    return .failure(Problem("all logits are −∞"))
  }

  /// A reason why logits cannot be used.
  struct Problem: Error {
    var description: String

    init(_ description: String) {
      self.description = description
    }
  }

  /// Merges all end-of-generation tokens of a model into its usual one, so that they are one anchor and one choice: its
  /// probability becomes the sum of theirs.
  ///
  /// With one end token or none, nothing changes.
  static func joinEnds(of logits: inout [Float], in vocabulary: Vocabulary) throws {
    let ends = vocabulary.endOfGeneration
    let possible = ends.filter { logits[$0] > -.infinity }
    guard ends.count > 1, !possible.isEmpty else { return }
    let sum = try logSumExp(possible.map { logits[$0] })
    for end in ends { logits[end] = -.infinity }
    logits[ends[0]] = sum
  }

  /// The probability of the end of the answer, from logits with merged end tokens.
  static func endProbability(of logits: [Float], in vocabulary: Vocabulary) throws -> Double {
    guard let end = vocabulary.endOfGeneration.first else { return 0 }
    return ElementaryFunctions.exp(Double(logits[end]) - Double(try logSumExp(logits)))
  }
}
