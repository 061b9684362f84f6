import LinearAlgebra
import Testing

struct TopKTests {
  @Test(arguments: 0..<20)
  func equalsSorting(_ seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    let count = Int.random(in: 0...200, using: &generator)
    // Few different values, so that ties are frequent.
    let choices: [Float] = [-.infinity, -1, 0, -0.0, 0.5, 1, 2, .infinity, .nan]
    let values = (0..<count).map { _ in choices.randomElement(using: &generator) ?? 0 }
    let sorted = values.indices.sorted { a, b in
      let (x, y) = (rank(values[a]), rank(values[b]))
      return x == y ? a < b : x > y
    }
    for k in [0, 1, 2, count / 2, count, count + 5] {
      #expect(topK(k, of: values) == Array(sorted.prefix(k)))
    }
  }

  @Test func tiesGoToTheLowerIndex() {
    #expect(topK(3, of: [1, 5, 5, 7, 5]) == [3, 1, 2])
    #expect(argMax([2, 3, 3]) == 1)
  }

  @Test func argMaxOfNothing() {
    #expect(argMax([]) == nil)
    #expect(argMax([.nan, .nan]) == nil)
    #expect(argMax([.nan, -.infinity]) == 1)
  }

  @Test func equalSeedsGiveEqualResults() {
    var first = SplitMix64(seed: 7)
    var second = SplitMix64(seed: 7)
    var other = SplitMix64(seed: 8)
    let numbers = (0..<5).map { _ in first.next() }
    #expect(numbers == (0..<5).map { _ in second.next() })
    #expect(numbers != (0..<5).map { _ in other.next() })
    #expect(Set(numbers).count == 5)
  }

  /// Numbers in order, NaN below −∞.
  private func rank(_ value: Float) -> Double {
    value.isNaN ? -.infinity : value == -.infinity ? -1e300 : Double(value)
  }
}
