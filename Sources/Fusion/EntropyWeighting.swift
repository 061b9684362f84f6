internal import LinearAlgebra

/// Weights by entropy: a member that is certain counts more, αᵢ′ ∝ αᵢ·exp(−β·H(pᵢ)/log Vᵢ).
///
/// Each member's entropy is taken in its own vocabulary, as a fraction of the maximum there. This trusts a model that
/// is certain and wrong most of all: measure before you use it.
public struct EntropyWeighting: StepWeighting, Hashable {
  /// β, the influence of entropy; 0 for none.
  public var sharpness: Double

  /// Creates the rule.
  ///
  /// - Precondition: `sharpness` is finite.
  public init(sharpness: Double = 8) {
    precondition(sharpness.isFinite, "A sharpness of \(sharpness) makes no weights.")
    self.sharpness = sharpness
  }

  /// "by entropy".
  public var name: String { "by entropy" }

  /// Computes the step's weights.
  ///
  /// - Complexity: O(V) logarithms for each member.
  public func weights(in step: WeightingStep) -> [Float] {
    DistributionShape.reweighted(
      step.weights,
      by: step.distributions.map { ElementaryFunctions.exp(-sharpness * DistributionShape.relativeEntropy($0)) })
  }
}
