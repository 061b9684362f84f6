import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

/// A step over likely tokens against the same step over all of them.
struct LikelyTokensTests {
  /// Two synthetic members of `count` tokens each that share most of them.
  private struct Pair {
    var alignments: [CosineAlignment]
    var count: Int

    init(seed: UInt64, count: Int = 400) throws {
      var generator = SplitMix64(seed: seed)
      self.count = count
      alignments = try (0..<2).map { _ in
        try CosineAlignment(
          embeddings: Matrix(
            rows: count, columns: 96,
            known: (0..<count * 96).map { _ in Float.random(in: -1...1, using: &generator) }),
          vocabularyCount: count, anchorIDs: Array(0..<count * 3 / 4))
      }
    }

    func logits(_ seed: UInt64) -> [Float] {
      var generator = SplitMix64(seed: seed)
      var logits = (0..<count).map { _ in Float.random(in: -4...0, using: &generator) }
      for _ in 0..<5 {
        logits[Int.random(in: 0..<count, using: &generator)] += Float.random(in: 4...12, using: &generator)
      }
      logits[Int.random(in: 0..<count, using: &generator)] = -.infinity
      return logits
    }

    func fusion(_ search: any InverseSearch, _ precision: StepPrecision) throws -> DeePEnFusion {
      try DeePEnFusion(alignments: alignments, search: search, precision: precision)
    }
  }

  private static let searches: [any InverseSearch] = [
    AdamWSearch(), AdamWSearch(rate: 0.5, steps: 10), EMSearch(steps: 2, exponent: 0.5), GradientSearch(),
  ]

  @Test(arguments: 0..<4)
  func nothingLeftOutIsTheExactStep(search: Int) throws {
    let everything = StepPrecision.likelyTokens(StepPrecision.LikelyTokens(leavingOut: 0, limit: 100_000))
    for seed in UInt64(0)..<6 {
      let pair = try Pair(seed: seed, count: 120)
      let (main, assistant) = (pair.logits(seed + 100), pair.logits(seed + 200))
      let exact = try pair.fusion(Self.searches[search], .exact).fuse(Step(logits: [main, assistant]))
      let fast = try pair.fusion(Self.searches[search], everything).fuse(Step(logits: [main, assistant]))
      let (wanted, found) = (try softmax(exact.logits), try softmax(fast.logits))
      for (x, y) in zip(wanted, found) { #expect(abs(x - y) <= 2e-4) }
    }
  }

  @Test func theSameTokenIsChosen() throws {
    var same = 0
    for seed in UInt64(0)..<5 {
      let pair = try Pair(seed: seed)
      for round in UInt64(0)..<20 {
        let (main, assistant) = (pair.logits(seed * 1000 + round), pair.logits(seed * 2000 + round + 7))
        let exact = try pair.fusion(AdamWSearch(), .exact).fuse(Step(logits: [main, assistant]))
        let fast = try pair.fusion(AdamWSearch(), .likelyTokens).fuse(Step(logits: [main, assistant]))
        if argMax(exact.logits) == argMax(fast.logits) { same += 1 }
        #expect(exact.errorBound == 0)
        #expect(fast.errorBound > 0 && fast.errorBound < 0.05)
      }
    }
    #expect(same >= 99)
  }

  @Test(arguments: 0..<4)
  func tokensThatTakeNoPartKeepTheirShare(search: Int) throws {
    let pair = try Pair(seed: 1)
    let main = pair.logits(5)
    let few = StepPrecision.likelyTokens(StepPrecision.LikelyTokens(leavingOut: 0.2, limit: 3))
    let fused = try pair.fusion(Self.searches[search], few).fuse(Step(logits: [main, main]))
    let (before, after) = (try softmax(main), try softmax(fused.logits))
    for token in before.indices where before[token] < 1e-3 {
      #expect(abs(after[token] - before[token]) <= 1e-5 + 0.02 * before[token])
    }
  }

  /// A value that a step has computed for one rule is reused by another, and changes nothing.
  @Test func aSharedStepIsTheSameStep() throws {
    let pair = try Pair(seed: 5)
    let (fusion, exact) = (try pair.fusion(AdamWSearch(), .likelyTokens), try pair.fusion(AdamWSearch(), .exact))
    let logits = [pair.logits(1), pair.logits(2)]
    let (fresh, seen) = (try Step(logits: logits), try Step(logits: logits))
    let expected = try fusion.fuse(fresh)
    _ = try exact.fuse(seen)
    for step in [seen, fresh, try fresh.reweighted([0.5, 0.5])] {
      let fused = try fusion.fuse(step)
      #expect(fused.logits == expected.logits && fused.errorBound == expected.errorBound)
    }
  }

  @Test func logitsWithoutASoftmaxAreRefused() throws {
    let pair = try Pair(seed: 5)
    var unsound = pair.logits(1)
    unsound[7] = .nan
    for precision in [StepPrecision.likelyTokens, .exact] {
      let step = try Step(logits: [pair.logits(2), unsound])
      #expect(throws: LinearAlgebraError.self) { try pair.fusion(AdamWSearch(), precision).fuse(step) }
    }
  }

  @Test func aSearchThatGoesNowhereReturnsTheMainModelsLogits() throws {
    let pair = try Pair(seed: 2)
    let (main, assistant) = (pair.logits(1), pair.logits(2))
    #expect(try pair.fusion(AdamWSearch(rate: 0), .likelyTokens).fuse(Step(logits: [main, assistant])).logits == main)
    #expect(try pair.fusion(AdamWSearch(steps: 0), .likelyTokens).fuse(Step(logits: [main, assistant])).logits == main)
  }

  @Test func tokensLikelyToAssistantsTakePart() throws {
    let pair = try Pair(seed: 3)
    var main = [Float](repeating: -30, count: pair.count)
    main[0] = 0
    var assistant = main
    assistant[0] = -30
    assistant[42] = 0
    let exact = try pair.fusion(EMSearch(steps: 4), .exact).fuse(Step(logits: [main, assistant]))
    let fast = try pair.fusion(EMSearch(steps: 4), .likelyTokens).fuse(Step(logits: [main, assistant]))
    let (wanted, found) = (try softmax(exact.logits), try softmax(fast.logits))
    #expect(wanted[42] > 0.05)
    #expect(abs(found[42] - wanted[42]) <= 0.05)
  }

  @Test func tokensBeyondTheLimitStillCount() throws {
    let pair = try Pair(seed: 4)
    let few = StepPrecision.likelyTokens(StepPrecision.LikelyTokens(leavingOut: 0.001, limit: 40))
    for seed in UInt64(0)..<4 {
      // Nearly flat: forty tokens are only a part of the total.
      let flat = [seed, seed + 50].map { seed in
        var generator = SplitMix64(seed: seed)
        return (0..<pair.count).map { _ in Float.random(in: -2...2, using: &generator) }
      }
      let (exact, fast) = (try pair.fusion(AdamWSearch(), .exact), try pair.fusion(AdamWSearch(), few))
      let (wanted, found) = (
        try exact.relativeDistribution(of: Step(logits: flat)),
        try fast.relativeDistribution(of: Step(logits: flat))
      )
      let (right, step) = (try exact.fuse(Step(logits: flat)), try fast.fuse(Step(logits: flat)))
      // All but a thousandth of each member's probability counts, however few tokens the search moves.
      #expect(step.errorBound <= 2 * 0.001 + 1e-5)
      #expect(zip(wanted, found).reduce(0) { $0 + abs($1.0 - $1.1) } <= step.errorBound + 1e-5)
      #expect(argMax(step.logits) == argMax(right.logits))
      let distance = zip(try softmax(step.logits), try softmax(right.logits)).reduce(0) { $0 + abs($1.0 - $1.1) }
      let moved = zip(try softmax(flat[0]), try softmax(right.logits)).reduce(0) { $0 + abs($1.0 - $1.1) }
      #expect(distance < moved)
    }
  }
}
