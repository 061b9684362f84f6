import LinearAlgebra
import Testing

/// Sums of a softmax at places against the softmax itself, and factors against those of the sums.
@Suite(.serialized) struct PlacedSoftmaxTests {
  /// Sizes around the kernels' lanes and chunks, and some that are cut for several threads.
  static let sizes = [1, 2, 15, 16, 17, 511, 512, 513, 1500, 70_001, 300_001]

  /// Logits of which some are −∞, some too small for a probability, each with a place.
  private func input(_ size: Int, count: Int, seed: UInt64) -> (logits: [Float], places: [Int32]) {
    var random = SplitMix64(seed: seed)
    var logits = randomFloats(size, in: -12...4, seed: seed)
    for place in logits.indices.dropFirst() {
      if place % 13 == 5 { logits[place] = -.infinity }
      if place % 29 == 7 { logits[place] = -200 }
    }
    return (logits, (0..<size).map { _ in Int32.random(in: 0..<Int32(count), using: &random) })
  }

  private func withThreads(_ threads: Int, _ body: () throws -> Void) rethrows {
    let before = KernelThreads.count
    defer { KernelThreads.count = before }
    KernelThreads.count = threads
    try body()
  }

  @Test(arguments: sizes, [1, 2, 3]) func massesAreSumsOfTheSoftmax(_ size: Int, threads: Int) throws {
    try withThreads(threads) {
      let count = size / 2 + 1
      let inputs = (0..<3).map { input(size, count: count, seed: UInt64($0)) }
      let placed = try #require(
        PlacedSoftmax.all(inputs.map { PlacedSoftmax.Input($0.logits, at: $0.places, count: count) }))
      #expect(placed.count == 3)
      for (one, input) in zip(placed, inputs) {
        let expected = sums(of: try softmax(input.logits), at: input.places, count: count)
        let wrong = zip(one.masses, expected).filter { abs(Float($0 / one.total) - $1) > 1e-6 * $1 + 1e-37 }
        #expect(wrong.isEmpty && one.masses.count == count && one.maximum == input.logits.max())
        #expect(abs(one.masses.reduce(0, +) - one.total) <= 1e-12 * one.total)
      }
    }
  }

  @Test(arguments: sizes, [1, 2, 3]) func factorsAreRatios(_ size: Int, threads: Int) throws {
    try withThreads(threads) {
      let count = size / 2 + 3
      let (wanted, actual) = (input(size, count: count, seed: 4), input(size, count: count, seed: 5))
      let placed = try #require(
        PlacedSoftmax.all([wanted, actual].map { PlacedSoftmax.Input($0.logits, at: $0.places, count: count) }))
      let factors = PlacedFactors(of: placed[0], to: placed[1])
      let (one, other) = (
        sums(of: try softmax(wanted.logits), at: wanted.places, count: count),
        sums(of: try softmax(actual.logits), at: actual.places, count: count)
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
        let pool = PlacedFactors.Pool(weights: (first, second), smoothing: smoothing)
        let pooled = PlacedFactors(of: placed[0], to: placed[1], pool: pool)
        #expect(pooled.largestRatio == factors.largestRatio && abs(pooled.missing - factors.missing) < 1e-6)
        let expected = logarithmicPool([ones, factors.values], weights: [first, second], smoothing: smoothing)
        let apart = zip(pooled.values, expected).filter { !($0 == $1 || abs($0 - $1) <= 2e-6 + 1e-6 * abs($1)) }
        #expect(apart.isEmpty)
      }
    }
  }

  @Test(arguments: sizes, [1, 2, 3]) func logarithmsAreThoseOfTheSoftmax(_ size: Int, threads: Int) throws {
    try withThreads(threads) {
      let (logits, places) = input(size, count: 7, seed: 6)
      let placed = try #require(PlacedSoftmax.all([PlacedSoftmax.Input(logits, at: places, count: 7)]))[0]
      let values: [Float] = [0, 1, -.infinity, 3, 0.5, -2, 7]
      let expected = zip(logarithms(of: try softmax(logits)), places).map { 0.75 * $0 + values[Int($1)] }
      func check(_ found: [Float]?) throws {
        guard expected.contains(where: \.isFinite) else { return #expect(found == nil) }
        let wrong = zip(try #require(found), expected).filter { !($0 == $1 || abs($0 - $1) <= 1e-5) }
        #expect(wrong.isEmpty && found?.count == size)
      }
      try check(placed.logarithms(of: logits, times: 0.75, adding: values, at: places))
      let own = places.map { values[Int($0)] }
      try check(placed.logarithms(of: logits, times: 0.75, adding: own, at: nil))
      #expect(placed.logarithms(of: logits, times: 1, adding: own.map { _ in -.infinity }, at: nil) == nil)
    }
  }

  @Test(arguments: [0, 3, 40_000]) func logitsWithoutASoftmaxHaveNone(_ size: Int) {
    let places = [Int32](repeating: 0, count: size)
    let good = PlacedSoftmax.Input([1, 2], at: [0, 0], count: 1)
    let impossible = PlacedSoftmax.Input(Array(repeating: -.infinity, count: size), at: places, count: 1)
    #expect(PlacedSoftmax.all([good, impossible]) == nil)
    guard size > 0 else { return }
    for bad: Float in [.nan, .infinity] {
      var logits = randomFloats(size, in: -1...1, seed: 7)
      logits[size - 1] = bad
      #expect(PlacedSoftmax.all([PlacedSoftmax.Input(logits, at: places, count: 1), good]) == nil)
    }
    #expect(PlacedSoftmax.all([])?.isEmpty == true && PlacedSoftmax.all([good, good])?.count == 2)
  }

  @Test func threadsDoNotChangeWhatIsCombinedOrFetched() {
    let vectors = (0..<3).map { randomFloats(70_001, in: 0...1, seed: UInt64(8 + $0)) }
    let places = input(60_001, count: 70_001, seed: 11).places
    func results() -> [[Float]] {
      [
        weightedSum(vectors, weights: [0.2, 0.3, 0.5]),
        logarithmicPool(vectors, weights: [0.2, 0, 0.8], smoothing: 1e-3), elements(of: vectors[0], at: places),
      ]
    }
    var all: [[[Float]]] = []
    for threads in [1, 2, 3] { withThreads(threads) { all.append(results()) } }
    #expect(all[1] == all[0] && all[2] == all[0])
    #expect(all[0][2] == places.map { vectors[0][Int($0)] })
  }
}
