/// Weights by margin: αᵢ′ ∝ αᵢ·(ε + p(1) − p(2)), the lead of the member's likeliest token over the next.
public struct MarginWeighting: StepWeighting, Hashable {
  /// ε, the factor of a member without a lead.
  public var floor: Double

  /// Creates the rule.
  ///
  /// - Precondition: `floor` is above zero.
  public init(floor: Double = 0.05) {
    precondition(floor > 0 && floor.isFinite, "A floor of \(floor) leaves nothing.")
    self.floor = floor
  }

  /// "by margin".
  public var name: String { "by margin" }

  /// Computes the step's weights.
  ///
  /// - Complexity: O(V) for each member.
  public func weights(in step: WeightingStep) -> [Float] {
    DistributionShape.reweighted(step.weights, by: step.distributions.map { floor + DistributionShape.margin($0) })
  }
}
