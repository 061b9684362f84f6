/// A rule that weights the members at every step, by their distributions in it.
public protocol StepWeighting: Sendable {
  /// The rule's name in tables; the type's name by default.
  var name: String { get }

  /// Whether the weights are the same in every step, so that no distribution has to be computed for them; `false` by
  /// default.
  var isConstant: Bool { get }

  /// Computes the members' weights in one step.
  ///
  /// - Parameter step: The input of the step; at least one member.
  /// - Returns: One weight per member: finite, not negative, with the sum 1. A member whose weight in `step.weights` is
  ///   zero stays at zero.
  func weights(in step: WeightingStep) throws -> [Float]
}

extension StepWeighting {
  /// The type's name.
  public var name: String { "\(Self.self)" }

  /// The weights depend on the step.
  public var isConstant: Bool { false }
}

/// The input of a step's weights. Only members that take part in the step are in it; the main model first.
public struct WeightingStep: Sendable {
  /// The members' weights before the step: their sum is 1.
  public var weights: [Float]
  /// Each member's next-token distribution, in its own vocabulary.
  public var distributions: [[Float]]
  /// The same distributions in the space in which they are fused, all of the same length.
  public var relatives: [[Float]]

  /// Creates a step.
  public init(weights: [Float], distributions: [[Float]], relatives: [[Float]]) {
    self.weights = weights
    self.distributions = distributions
    self.relatives = relatives
  }
}

/// The members' configured weights, unchanged.
public struct ConstantWeighting: StepWeighting, Hashable {
  /// Creates the rule.
  public init() {}

  /// The weights do not depend on the step.
  public var isConstant: Bool { true }

  /// The weights before the step.
  public func weights(in step: WeightingStep) -> [Float] { step.weights }
}
