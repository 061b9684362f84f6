import Foundation
import Fusion
import LinearAlgebra
import Testing

struct MemberWeightsTests {
  @Test(arguments: 1...7)
  func averageIsEven(_ members: Int) throws {
    let weights = try MemberWeights.average.weights(memberCount: members)
    #expect(weights == Array(repeating: 1 / Float(members), count: members))
  }

  @Test func fixedWeightsAreNormalised() throws {
    #expect(try MemberWeights.fixed([2, 1, 1]).weights(memberCount: 3) == [0.5, 0.25, 0.25])
    #expect(try MemberWeights.fixed([0, 7]).weights(memberCount: 2) == [0, 1])
    let huge = Float.greatestFiniteMagnitude
    #expect(try MemberWeights.fixed([huge, huge]).weights(memberCount: 2) == [0.5, 0.5])
    let tiny = Float.leastNonzeroMagnitude
    #expect(try MemberWeights.fixed([tiny, tiny]).weights(memberCount: 2) == [0.5, 0.5])
  }

  @Test func scoresBecomeWeights() throws {
    let scores: [Float] = [60, 30, 10]
    #expect(try MemberWeights.adaptive(scores: scores).weights(memberCount: 3) == [0.6, 0.3, 0.1])
    let soft = try ScoreRule.softmax(temperature: 10).weights(from: scores)
    let exact = scores.map { exp(Double($0) / 10) }
    let sum = exact.reduce(0, +)
    for (weight, expected) in zip(soft, exact) { #expect(abs(Double(weight) - expected / sum) < 1e-6) }
  }

  @Test(arguments: 0..<20)
  func weightsAreADistribution(_ seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    let scores = (0..<Int.random(in: 1...6, using: &generator)).map { _ in Float.random(in: 0...100, using: &generator)
    }
    for rule in [ScoreRule.proportional, .softmax(temperature: 0.1), .softmax(temperature: 50)] {
      let weights = try MemberWeights.adaptive(scores: scores, rule: rule).weights(memberCount: scores.count)
      #expect(abs(weights.reduce(0, +) - 1) < 1e-5)
      #expect(weights.allSatisfy { $0 >= 0 && $0.isFinite })
      // A better score never gives a smaller weight.
      let order = scores.indices.sorted { scores[$0] < scores[$1] }
      for (lower, higher) in zip(order, order.dropFirst()) { #expect(weights[lower] <= weights[higher]) }
    }
  }

  @Test func softmaxTakesNegativeScoresAndExtremeTemperatures() throws {
    #expect(try ScoreRule.softmax(temperature: 1e-30).weights(from: [-3, -2]) == [0, 1])
    let even = try ScoreRule.softmax(temperature: 1e30).weights(from: [-3, -2])
    #expect(even == [0.5, 0.5])
  }

  @Test func invalidWeightsAreRefused() {
    #expect(code { try MemberWeights.average.weights(memberCount: 0) } == .noMembers)
    #expect(code { try MemberWeights.fixed([1]).weights(memberCount: 2) } == .invalidWeights)
    #expect(code { try MemberWeights.fixed([0, 0]).weights(memberCount: 2) } == .invalidWeights)
    #expect(code { try MemberWeights.fixed([1, -1]).weights(memberCount: 2) } == .invalidWeights)
    #expect(code { try MemberWeights.fixed([1, .infinity]).weights(memberCount: 2) } == .invalidWeights)
    #expect(code { try MemberWeights.adaptive(scores: [1]).weights(memberCount: 2) } == .invalidScores)
    #expect(code { try ScoreRule.proportional.weights(from: []) } == .noMembers)
    #expect(code { try ScoreRule.proportional.weights(from: [1, -1]) } == .invalidScores)
    #expect(code { try ScoreRule.proportional.weights(from: [0, 0]) } == .invalidScores)
    #expect(code { try ScoreRule.proportional.weights(from: [1, .nan]) } == .invalidScores)
    #expect(code { try ScoreRule.softmax(temperature: 0).weights(from: [1]) } == .invalidScores)
  }
}
