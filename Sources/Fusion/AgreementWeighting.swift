internal import LinearAlgebra

/// Weights by agreement with the others, divided by entropy: a member that agrees with the others and is certain counts
/// more.
///
/// ```
/// αᵢ′ ∝ αᵢ·(1 − TV(rᵢ, mean of the others)) / (ε + H(pᵢ)/log Vᵢ)
/// ```
///
/// TV is the total variation distance in the space in which the members are fused. Two members always agree equally.
/// The main model can be kept at half of the weight at least, so that others that agree among themselves do not outvote
/// it.
public struct AgreementWeighting: StepWeighting, Hashable {
  /// Whether the main model counts at least as much as all others together.
  public var keepsMainAtHalf: Bool
  /// ε, added to the entropy so that a member that is almost certain does not take all the weight.
  public var floor: Double

  /// Creates the rule.
  ///
  /// - Precondition: `floor` is above zero.
  public init(keepsMainAtHalf: Bool = true, floor: Double = 0.1) {
    precondition(floor > 0 && floor.isFinite, "A floor of \(floor) leaves nothing.")
    self.keepsMainAtHalf = keepsMainAtHalf
    self.floor = floor
  }

  /// "by agreement".
  public var name: String { "by agreement" }

  /// Computes the step's weights.
  ///
  /// - Complexity: O(A·members) and O(V) logarithms for each member.
  public func weights(in step: WeightingStep) -> [Float] {
    let factors = step.weights.indices.map { member in
      agreement(of: member, in: step) / (floor + DistributionShape.relativeEntropy(step.distributions[member]))
    }
    var weights = DistributionShape.reweighted(step.weights, by: factors)
    if keepsMainAtHalf, weights.count > 1, step.weights[0] > 0, weights[0] < 0.5 {
      let others = 1 - weights[0]
      weights = weights.enumerated().map { $0 == 0 ? 0.5 : $1 / others * 0.5 }
    }
    return weights
  }

  /// 1 − the total variation distance to the weighted mean of the others; 1 where there are none.
  private func agreement(of member: Int, in step: WeightingStep) -> Double {
    let others = step.weights.enumerated().map { $0 == member ? 0 : $1 }
    let sum = others.reduce(0, +)
    guard sum > 0 else { return 1 }
    return overlap(weightedSum(step.relatives, weights: others.map { $0 / sum }), step.relatives[member])
  }
}
