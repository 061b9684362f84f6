import Fusion
import LinearAlgebra
import Testing

@Suite struct StepWeightingTests {
  static let rules: [any StepWeighting] = [
    ConstantWeighting(), EntropyWeighting(), MarginWeighting(), AgreementWeighting(),
    AgreementWeighting(keepsMainAtHalf: false),
  ]

  private func step(_ members: Int, seed: UInt64) throws -> WeightingStep {
    var random = SplitMix64(seed: seed)
    func distribution(_ count: Int) throws -> [Float] {
      try softmax(
        (0..<count).map { _ in Bool.random(using: &random) ? -.infinity : Float.random(in: -6...6, using: &random) } + [
          0
        ])
    }
    let weights = try softmax((0..<members).map { _ in Float.random(in: -1...1, using: &random) })
    return WeightingStep(
      weights: weights, distributions: try (0..<members).map { try distribution(5 + $0) },
      relatives: try (0..<members).map { _ in try distribution(7) })
  }

  @Test(arguments: rules.indices, UInt64(0)..<20) func areADistribution(rule: Int, seed: UInt64) throws {
    var step = try step(3, seed: seed)
    step.weights = [step.weights[0] + step.weights[1], 0, step.weights[2]]
    let weights = try Self.rules[rule].weights(in: step)
    #expect(weights.count == 3 && weights.allSatisfy { $0.isFinite && $0 >= 0 } && weights[1] == 0)
    #expect(abs(weights.reduce(0, +) - 1) < 1e-5)
  }

  @Test(arguments: rules.indices, UInt64(0)..<10) func agreeingMembersKeepTheirWeights(rule: Int, seed: UInt64)
    throws
  {
    var step = try step(3, seed: seed)
    step.weights = [0.5, 0.3, 0.2]
    step.distributions = [step.distributions[0], step.distributions[0], step.distributions[0]]
    step.relatives = [step.relatives[0], step.relatives[0], step.relatives[0]]
    let weights = try Self.rules[rule].weights(in: step)
    for (one, other) in zip(weights, step.weights) { #expect(abs(one - other) < 1e-5) }
  }

  @Test func confidentMembersCountMore() {
    let step = WeightingStep(
      weights: [0.5, 0.5], distributions: [[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0]], relatives: [[0.5, 0.5], [1, 0]])
    let entropy = EntropyWeighting(sharpness: ElementaryFunctions.log(3.0)).weights(in: step)
    #expect(abs(entropy[0] - 0.25) < 1e-6)
    let margin = MarginWeighting(floor: 0.25).weights(in: step)
    #expect(abs(margin[0] - 0.25 / 1.5) < 1e-6)
    // Both agree by a half; the first one's entropy is 1, the second one's 0.
    let agreement = AgreementWeighting(keepsMainAtHalf: false, floor: 0.5).weights(in: step)
    #expect(abs(agreement[0] - 0.25) < 1e-6)
    #expect(abs(AgreementWeighting(floor: 0.5).weights(in: step)[0] - 0.5) < 1e-6)
  }

  @Test func aDissentingMemberCountsLess() {
    let step = WeightingStep(
      weights: [0.4, 0.3, 0.3], distributions: [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
      relatives: [[1, 0], [1, 0], [0, 1]])
    let weights = AgreementWeighting(keepsMainAtHalf: false).weights(in: step)
    #expect(weights[2] == 0 && weights[0] > 0.5)
  }
}
