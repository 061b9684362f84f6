internal import LinearAlgebra

/// Weights by entropy: a member that is sure counts more, αᵢ′ ∝ αᵢ·exp(−β·H(pᵢ)/log Vᵢ).
///
/// Each member's entropy is taken in its own vocabulary, as a share of the largest one possible there. A model that is sure
/// and wrong is what this trusts most: measure before you use it.
public struct EntropyWeighting: StepWeighting, Hashable {
  /// β, how much entropy matters; 0 for not at all.
  public var sharpness: Double

  /// Makes the rule.
  ///
  /// - Precondition: `sharpness` is finite.
  public init(sharpness: Double = 8) {
    precondition(sharpness.isFinite, "A sharpness of \(sharpness) makes no weights.")
    self.sharpness = sharpness
  }

  /// "by entropy".
  public var name: String { "by entropy" }

  /// The step's weights.
  ///
  /// - Complexity: O(V) logarithms for each member.
  public func weights(in step: WeightingStep) -> [Float] {
    DistributionShape.reweigh(
      step.weights,
      by: step.distributions.map { ElementaryFunctions.exp(-sharpness * DistributionShape.relativeEntropy($0)) })
  }
}
