internal import Fusion

extension StepWeighting {
  /// The weights of the members that count in a step, from their distributions where the rule uses them.
  func weights(in step: Step, relatives: [[Float]]) throws -> [Float] {
    let weights = step.counting.map { step.weights[$0] }
    if isConstant { return weights }
    let distributions = try step.counting.map(step.softmax)
    return try self.weights(in: WeightingStep(weights: weights, distributions: distributions, relatives: relatives))
  }
}
