package import Fusion
internal import ModelBackends

/// A rule with weights computed from how well each member predicts the prompt (``PromptWeightedRule``).
///
/// The weights are computed at the start of an answer; the base rule gets its steps with them. Without a start it is
/// the base rule with the members' configured weights.
package struct PromptWeightedFusion: TokenFusion {
  /// The base rule.
  package let base: any TokenFusion
  /// The conversion of a member's score to its weight.
  package let weighting: PerplexityWeighting
  /// Each member's usual bits per byte of a prompt, which are subtracted; empty for none.
  package let usualBitsPerByte: [Double]
  /// The number of judged bytes of its prompt below which a member keeps its weight.
  package let minimumBytes: Int
  /// The weights of the answer, once it has begun.
  private let weights: [Float]?

  /// Creates the rule.
  package init(
    _ base: any TokenFusion, weighting: PerplexityWeighting, usualBitsPerByte: [Double] = [], minimumBytes: Int = 16
  ) {
    self.init(base, weighting, usualBitsPerByte, minimumBytes, weights: nil)
  }

  private init(
    _ base: any TokenFusion, _ weighting: PerplexityWeighting, _ usualBitsPerByte: [Double], _ minimumBytes: Int,
    weights: [Float]?
  ) {
    self.base = base
    self.weighting = weighting
    self.usualBitsPerByte = usualBitsPerByte
    self.minimumBytes = minimumBytes
    self.weights = weights
  }

  /// The rule with the weights for one answer.
  ///
  /// - Throws: ``EnsembleError`` with the code `invalidOptions` where the number of usual figures is not that of the
  ///   members, and where a required member cannot score its prompt.
  package func beginning(_ answer: AnswerStart) async throws -> any TokenFusion {
    guard usualBitsPerByte.isEmpty || usualBitsPerByte.count == answer.weights.count else {
      throw EnsembleError(
        .invalidOptions,
        "usual bits per byte are known for \(usualBitsPerByte.count) of \(answer.weights.count) members",
        remedy: "Give a number for each member, or none at all.")
    }
    let bits = try await answer.promptScores().enumerated().map { member, score -> Double? in
      guard let score, score.byteCount >= minimumBytes, let bits = score.bitsPerByte else { return nil }
      return usualBitsPerByte.isEmpty ? bits : bits - usualBitsPerByte[member]
    }
    let weights = weighting.weights(answer.weights, bitsPerByte: bits)
    return PromptWeightedFusion(
      try await base.beginning(answer.reweighted(weights)), weighting, usualBitsPerByte, minimumBytes, weights: weights)
  }

  /// Fuses the step with the weights of the answer.
  package func fuse(_ step: Step) async throws -> FusedLogits {
    try await base.fuse(weights.map(step.reweighted) ?? step)
  }
}
