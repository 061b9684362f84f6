import Fusion
import LinearAlgebra
import Testing

@Suite struct PerplexityWeightingTests {
  private static func draw(_ seed: UInt64) throws -> (weights: [Float], bits: [Double]) {
    var random = SplitMix64(seed: seed)
    let weights = try softmax((0..<4).map { _ in Float.random(in: -2...2, using: &random) })
    return (weights, (0..<4).map { _ in Double.random(in: 0...9, using: &random) })
  }

  @Test(arguments: UInt64(0)..<20) func equalTheFormula(seed: UInt64) throws {
    var (weights, bits) = try Self.draw(seed)
    weights[2] = 0
    let beta = 0.7 * Double(seed)
    let result = PerplexityWeighting(sharpness: beta).weights(weights, bitsPerByte: bits)
    let products = zip(weights, bits).map { Double($0) * ElementaryFunctions.exp(-beta * $1) }
    let (sum, share) = (products.reduce(0, +), weights.reduce(0, +))
    for (one, product) in zip(result, products) { #expect(abs(Double(one) - Double(share) * product / sum) < 1e-6) }
    #expect(result[2] == 0)
    // A factor that all members share changes nothing.
    let shifted = PerplexityWeighting(sharpness: beta).weights(weights, bitsPerByte: bits.map { $0 - 3 })
    for (one, other) in zip(result, shifted) { #expect(abs(one - other) < 1e-6) }
  }

  @Test(arguments: UInt64(0)..<20) func betterPromptPredictionsCountMore(seed: UInt64) throws {
    let (weights, bits) = try Self.draw(seed)
    let result = PerplexityWeighting(sharpness: 2).weights(weights, bitsPerByte: bits)
    let ratios = zip(result, weights).map { $0 / $1 }
    for one in bits.indices {
      for other in bits.indices where bits[one] < bits[other] { #expect(ratios[one] > ratios[other]) }
    }
    #expect(PerplexityWeighting(sharpness: 0).weights(weights, bitsPerByte: bits) == weights)
    let alike = PerplexityWeighting(sharpness: 5).weights([0.4, 0.4, 0.2], bitsPerByte: [2, 2, 2])
    #expect(alike[0] == alike[1] && abs(alike[2] - 0.2) < 1e-6)
  }

  @Test func isBayesRuleOverSoManyBytes() {
    // After 8 bytes, the likelihoods are 2⁻⁸ and 2⁻¹⁶.
    let result = PerplexityWeighting(sharpness: 8 * ElementaryFunctions.log(2.0)).weights(
      [0.5, 0.5], bitsPerByte: [1, 2])
    #expect(abs(result[0] - 256.0 / 257) < 1e-6)
  }

  @Test func aMemberThatCannotBeJudgedKeepsItsWeight() {
    let rule = PerplexityWeighting(sharpness: 3)
    let result = rule.weights([0.2, 0.5, 0.3], bitsPerByte: [1, nil, 2])
    #expect(result[1] == 0.5 && result[0] > 0.2 && abs(result.reduce(0, +) - 1) < 1e-6)
    #expect(rule.weights([0.2, 0.8], bitsPerByte: [nil, 4]) == [0.2, 0.8])
    #expect(rule.weights([0.2, 0.8], bitsPerByte: [nil, nil]) == [0.2, 0.8])
    let ruledOut = rule.weights([0.5, 0.25, 0.25], bitsPerByte: [.infinity, 3, nil])
    #expect(ruledOut == [0, 0.75, 0.25])
    #expect(rule.weights([0.5, 0.5], bitsPerByte: [.infinity, .infinity]) == [0.5, 0.5])
    #expect(rule.weights([0, 1], bitsPerByte: [0, 40]) == [0, 1])
    // Factors that underflow are still compared.
    #expect(rule.weights([0.5, 0.5], bitsPerByte: [1e6, 1e6 + 1])[0] > 0.9)
  }

  @Test func invalidWeightingsAreProgrammerErrors() async {
    await #expect(processExitsWith: .failure) { _ = PerplexityWeighting(sharpness: -1) }
    await #expect(processExitsWith: .failure) { _ = PerplexityWeighting(sharpness: .nan) }
    await #expect(processExitsWith: .failure) {
      _ = PerplexityWeighting().weights([0.5, 0.5], bitsPerByte: [1])
    }
  }
}
