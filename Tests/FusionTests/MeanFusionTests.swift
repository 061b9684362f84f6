import Fusion
import LinearAlgebra
import Testing

struct MeanFusionTests {
  @Test(arguments: 0..<20)
  func equalsThePlainSum(_ seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    let members = Int.random(in: 1...5, using: &generator)
    let anchors = Int.random(in: 1...50, using: &generator)
    let relatives = try (0..<members).map { _ in
      try softmax((0..<anchors).map { _ in Float.random(in: -5...5, using: &generator) })
    }
    let raw = (0..<members).map { _ in Float.random(in: 0.01...1, using: &generator) }
    let weights = try MemberWeights.fixed(raw).weights(memberCount: members)
    let fused = try MeanFusion().fuse(relatives, weights: weights)
    for anchor in 0..<anchors {
      let exact = (0..<members).reduce(0) { $0 + Double(weights[$1]) * Double(relatives[$1][anchor]) }
      #expect(abs(Double(fused[anchor]) - exact) < 1e-6)
    }
    #expect(abs(fused.reduce(0, +) - 1) < 1e-5)

    let order = (0..<members).shuffled(using: &generator)
    let reordered = try MeanFusion().fuse(order.map { relatives[$0] }, weights: order.map { weights[$0] })
    for (a, b) in zip(fused, reordered) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func allTheWeightIsThatMember() throws {
    let relatives: [[Float]] = [[0.25, 0.75], [.nan, 0.5], [1, 0]]
    #expect(try MeanFusion().fuse(relatives, weights: [1, 0, 0]) == relatives[0])
    #expect(try MeanFusion().fuse(relatives, weights: [0, 0, 1]) == relatives[2])
  }

  @Test func alikeMembersChangeNothing() throws {
    let relative: [Float] = [0.1, 0.2, 0.7]
    let fused = try MeanFusion().fuse([relative, relative], weights: [0.5, 0.5])
    #expect(fused == relative)
  }

  @Test func misfitsAreRefused() {
    let rule = MeanFusion()
    #expect(code { try rule.fuse([], weights: []) } == .noMembers)
    #expect(code { try rule.fuse([[1], [0.5, 0.5]], weights: [0.5, 0.5]) } == .lengthMismatch)
    #expect(code { try rule.fuse([[1]], weights: [0.5, 0.5]) } == .invalidWeights)
    #expect(code { try rule.fuse([[1], [1]], weights: [0.5, 0.6]) } == .invalidWeights)
    #expect(code { try rule.fuse([[1], [1]], weights: [1.5, -0.5]) } == .invalidWeights)
    #expect(code { try rule.fuse([[1], [1]], weights: [.nan, 1]) } == .invalidWeights)
  }
}

func code(_ body: () throws -> some Any) -> FusionError.Code? {
  let error = #expect(throws: FusionError.self) { _ = try body() }
  #expect(error?.description.hasSuffix(".") == true)
  return error?.code
}
