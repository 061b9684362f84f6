import Foundation
import Fusion
import LinearAlgebra
import Testing

@Suite struct GeometricFusionTests {
  private func distributions(_ members: Int, _ anchors: Int, seed: UInt64) throws -> [[Float]] {
    var random = SplitMix64(seed: seed)
    return try (0..<members).map { _ in
      try softmax((0..<anchors).map { _ in Float.random(in: -6...6, using: &random) })
    }
  }

  @Test(arguments: 0..<20) func agreesWithTheFormulaInDoublePrecision(seed: UInt64) throws {
    let relatives = try distributions(3, 17, seed: seed)
    let weights: [Float] = [0.5, 0.3, 0.2]
    let smoothing = 1e-4
    let products = (0..<17).map { anchor in
      let mean = (0..<3).reduce(0.0) { $0 + Double(weights[$1]) * Double(relatives[$1][anchor]) }
      return (0..<3).reduce(1.0) {
        $0 * pow((1 - smoothing) * Double(relatives[$1][anchor]) + smoothing * mean, Double(weights[$1]))
      }
    }
    let fused = try GeometricFusion().fuse(relatives, weights: weights)
    for (one, other) in zip(fused, products) { #expect(abs(Double(one) - other / products.reduce(0, +)) < 1e-5) }
  }

  @Test(arguments: 0..<10) func membersThatAgreeAreLeftAsTheyAre(seed: UInt64) throws {
    var same = try distributions(1, 30, seed: seed)[0]
    same[3] = 0
    let sum = same.reduce(0, +)
    same = same.map { $0 / sum }
    let fused = try GeometricFusion().fuse([same, same, same], weights: [0.2, 0.5, 0.3])
    for (one, other) in zip(fused, same) { #expect(abs(one - other) < 1e-6) }
  }

  @Test func weightZeroHasNoInfluenceAndWeightOneIsTheMember() throws {
    let relatives: [[Float]] = [[0.5, 0.5, 0], [0, 0, 1]]
    #expect(try GeometricFusion().fuse(relatives, weights: [1, 0]) == [0.5, 0.5, 0])
  }

  @Test func noMemberHasAVeto() throws {
    let fused = try GeometricFusion().fuse([[1, 0], [0, 1]], weights: [0.5, 0.5])
    #expect(abs(fused[0] - 0.5) < 1e-6)
    let other = try GeometricFusion().fuse([[0.5, 0.5, 0], [0.2, 0, 0.8]], weights: [0.5, 0.5])
    #expect(other.allSatisfy { $0 > 0 } && other[0] > other[1] && other[0] > other[2])
  }

  @Test(arguments: 0..<20) func logitsAreThoseOfTheFusedDistribution(seed: UInt64) throws {
    var relatives = try distributions(3, 40, seed: seed)
    for member in relatives.indices {
      relatives[member][5] = 0
      let sum = relatives[member].reduce(0, +)
      relatives[member] = relatives[member].map { $0 / sum }
    }
    for weights: [Float] in [[0.5, 0.3, 0.2], [0, 0.5, 0.5], [0, 1, 0]] {
      let fused = try GeometricFusion().fuse(relatives, weights: weights)
      let logits = try softmax(try GeometricFusion().logits(relatives, weights: weights))
      for (one, other) in zip(logits, fused) { #expect(abs(one - other) < 1e-6) }
    }
  }

  @Test func unfusableStepsAreErrors() {
    #expect(throws: FusionError.self) { try GeometricFusion().fuse([], weights: []) }
    #expect(throws: FusionError.self) { try GeometricFusion().fuse([[1], [0.5, 0.5]], weights: [0.5, 0.5]) }
    #expect(throws: FusionError.self) { try GeometricFusion().fuse([[1], [1]], weights: [0.5]) }
    #expect(throws: FusionError.self) { try GeometricFusion().fuse([[0, 0], [0, 0]], weights: [0.5, 0.5]) }
    #expect(throws: FusionError.self) { try GeometricFusion().logits([[0, 0], [0, 0]], weights: [0.5, 0.5]) }
    #expect(throws: FusionError.self) { try GeometricFusion().logits([[1], [0.5, 0.5]], weights: [0.5, 0.5]) }
  }
}
