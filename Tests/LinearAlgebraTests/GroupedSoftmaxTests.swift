import LinearAlgebra
import Testing

/// Sums of a softmax by groups against the softmax itself, and factors against those of the sums.
struct GroupedSoftmaxTests {
  /// Sizes around the kernels' lanes and chunks, and some that are divided among threads.
  static let sizes = [1, 2, 15, 16, 17, 511, 512, 513, 1500, 70_001, 300_001]

  /// Logits of which some are −∞, some too small for a probability, each with a group.
  private func input(_ size: Int, count: Int, seed: UInt64) -> (logits: [Float], groups: [Int32]) {
    var random = SplitMix64(seed: seed)
    var logits = randomFloats(size, in: -12...4, seed: seed)
    for index in logits.indices.dropFirst() {
      if index % 13 == 5 { logits[index] = -.infinity }
      if index % 29 == 7 { logits[index] = -200 }
    }
    return (logits, (0..<size).map { _ in Int32.random(in: 0..<Int32(count), using: &random) })
  }

  @Test(arguments: sizes, [1, 2, 3]) func massesAreSumsOfTheSoftmax(_ size: Int, threads: Int) throws {
    let workers = Workers(count: threads)
    let count = size / 2 + 1
    let inputs = (0..<3).map { input(size, count: count, seed: UInt64($0)) }
    let grouped = try #require(
      GroupedSoftmax.all(inputs.map { GroupedSoftmax.Input($0.logits, at: $0.groups, count: count) }, workers: workers))
    #expect(grouped.count == 3)
    for (one, input) in zip(grouped, inputs) {
      let expected = sums(of: try softmax(input.logits), at: input.groups, count: count)
      let wrong = zip(one.masses, expected).filter { abs(Float($0 / one.total) - $1) > 1e-6 * $1 + 1e-37 }
      #expect(wrong.isEmpty && one.masses.count == count && one.maximum == input.logits.max())
      #expect(abs(one.masses.reduce(0, +) - one.total) <= 1e-12 * one.total)
    }
  }

  @Test(arguments: sizes, [1, 2, 3]) func factorsAreRatios(_ size: Int, threads: Int) throws {
    let workers = Workers(count: threads)
    let count = size / 2 + 3
    let (wanted, actual) = (input(size, count: count, seed: 4), input(size, count: count, seed: 5))
    let grouped = try #require(
      GroupedSoftmax.all(
        [wanted, actual].map { GroupedSoftmax.Input($0.logits, at: $0.groups, count: count) }, workers: workers))
    let factors = GroupFactors(of: grouped[0], to: grouped[1], workers: workers)
    let (one, other) = (
      sums(of: try softmax(wanted.logits), at: wanted.groups, count: count),
      sums(of: try softmax(actual.logits), at: actual.groups, count: count)
    )
    let ratios = Ratios(of: one, to: other)
    let missing = zip(one, other).reduce(0.0) { $0 + ($1.1 > 0 ? 0 : Double($1.0)) }
    #expect(abs(factors.missing - missing) < 1e-6 && abs(factors.distance - ratios.distance) < 1e-5)
    #expect(abs(factors.largestRatio - ratios.largest) <= 1e-5 * ratios.largest)
    guard missing < 0.9 else { return }
    let wrong = zip(factors.values, ratios.values).filter {
      abs(Double($0) * (1 - missing) - Double($1)) > 1e-5 * Double($1)
    }
    #expect(wrong.isEmpty && factors.values.count == count)
    let ones = [Float](repeating: 1, count: count)
    for (first, second, smoothing) in [(0.5, 0.5, 1e-4), (0.7, 0.3, 1e-2), (0, 1, 1e-4)] as [(Float, Float, Float)] {
      let pool = GroupFactors.Pool(weights: (first, second), smoothing: smoothing)
      let pooled = GroupFactors(of: grouped[0], to: grouped[1], pool: pool, workers: workers)
      #expect(pooled.largestRatio == factors.largestRatio && abs(pooled.missing - factors.missing) < 1e-6)
      let expected = logarithmicPool([ones, factors.values], weights: [first, second], smoothing: smoothing)
      let apart = zip(pooled.values, expected).filter { !($0 == $1 || abs($0 - $1) <= 2e-6 + 1e-6 * abs($1)) }
      #expect(apart.isEmpty)
    }
  }

  @Test(arguments: sizes, [1, 2, 3]) func logarithmsAreThoseOfTheSoftmax(_ size: Int, threads: Int) throws {
    let workers = Workers(count: threads)
    let (logits, groups) = input(size, count: 7, seed: 6)
    let grouped = try #require(
      GroupedSoftmax.all([GroupedSoftmax.Input(logits, at: groups, count: 7)], workers: workers))[0]
    let values: [Float] = [0, 1, -.infinity, 3, 0.5, -2, 7]
    // A logit far below the others has a logarithm, though its probability is 0 in single precision.
    let normaliser = Double(logits.max() ?? 0) + ElementaryFunctions.log(grouped.total)
    let expected = zip(logits, groups).map { Float(0.75 * (Double($0) - normaliser)) + values[Int($1)] }
    func check(_ found: [Float]?) throws {
      guard expected.contains(where: \.isFinite) else { return #expect(found == nil) }
      let wrong = zip(try #require(found), expected).filter { !($0 == $1 || abs($0 - $1) <= ($1 < -100 ? 1e-4 : 1e-5)) }
      #expect(wrong.isEmpty && found?.count == size)
    }
    try check(grouped.logarithms(of: logits, times: 0.75, adding: values, at: groups, workers: workers))
    let own = groups.map { values[Int($0)] }
    try check(grouped.logarithms(of: logits, times: 0.75, adding: own, at: nil, workers: workers))
    #expect(grouped.logarithms(of: logits, times: 1, adding: own.map { _ in -.infinity }, at: nil) == nil)
  }

  @Test(arguments: [0, 3, 40_000]) func logitsWithoutASoftmaxHaveNone(_ size: Int) {
    let groups = [Int32](repeating: 0, count: size)
    let good = GroupedSoftmax.Input([1, 2], at: [0, 0], count: 1)
    let impossible = GroupedSoftmax.Input(Array(repeating: -.infinity, count: size), at: groups, count: 1)
    #expect(GroupedSoftmax.all([good, impossible]) == nil)
    guard size > 0 else { return }
    for bad: Float in [.nan, .infinity] {
      var logits = randomFloats(size, in: -1...1, seed: 7)
      logits[size - 1] = bad
      #expect(GroupedSoftmax.all([GroupedSoftmax.Input(logits, at: groups, count: 1), good]) == nil)
    }
    #expect(GroupedSoftmax.all([])?.isEmpty == true && GroupedSoftmax.all([good, good])?.count == 2)
  }

  @Test func threadsDoNotChangeWhatIsCombinedOrFetched() {
    let vectors = (0..<3).map { randomFloats(70_001, in: 0...1, seed: UInt64(8 + $0)) }
    let groups = input(60_001, count: 70_001, seed: 11).groups
    let all = [1, 2, 3].map { Workers(count: $0) }.map { workers in
      [
        weightedSum(vectors, weights: [0.2, 0.3, 0.5], workers: workers),
        logarithmicPool(vectors, weights: [0.2, 0, 0.8], smoothing: 1e-3, workers: workers),
        elements(of: vectors[0], at: groups, workers: workers),
      ]
    }
    #expect(all[1] == all[0] && all[2] == all[0])
    #expect(all[0][2] == groups.map { vectors[0][Int($0)] })
  }
}
