import AlignmentKernels
import LinearAlgebra
import Testing

struct FactoredRowsTests {
  /// Rows with falling entries, and the remainder of one as the share of the first shared row.
  private struct Case {
    let count = 150
    let length = 40
    var entries: Int
    var shared: Int
    var anchors: [Int32] = []
    var values: [Float] = []
    var coefficients: [Float] = []
    var errors: [Float]
    var weights: [Float]

    init(seed: UInt64, entries: Int, shared: Int) {
      (self.entries, self.shared) = (entries, shared)
      var generator = SplitMix64(seed: seed)
      for _ in 0..<count {
        anchors += (0..<Int32(length)).shuffled(using: &generator).prefix(entries)
        let own = (0..<entries).map { _ in Float.random(in: 0...1, using: &generator) / Float(entries + 1) }
        values += own.sorted(by: >)
        coefficients.append(1 - own.reduce(0, +))
        coefficients += (1..<shared).map { _ in Float.random(in: -1...1, using: &generator) }
      }
      errors = randomFloats(count, in: 0...0.5, seed: seed + 1)
      weights = randomFloats(count, in: 0...0.01, seed: seed + 2)
      for row in stride(from: 0, to: count, by: 7) { weights[row] = 0 }
    }

    func sums(_ indices: [Int], in range: Range<Int>, least: Float) -> (sum: [Float], factors: [Double], error: Double)
    {
      var sum = [Float](repeating: 0.5, count: length)
      var factors = [Double](repeating: 0.25, count: shared)
      let error = FactoredRows(
        entryCount: entries, sharedCount: shared, anchors: StoredArray(anchors), values: StoredArray(values),
        coefficients: StoredArray(coefficients), errors: StoredArray(errors)
      ).add(indices, weights: indices.map { weights[$0] }, in: range, least: least, to: &sum, factors: &factors)
      return (sum, factors, error)
    }
  }

  private static let shapes = [(1, 1), (5, 1), (5, 4), (0, 3), (3, 70)]

  @Test(arguments: shapes, [Float(0), 1e-3, 1])
  func sumsAreThoseOfPlainLoops(_ shape: (Int, Int), least: Float) {
    let test = Case(seed: 5, entries: shape.0, shared: shape.1)
    let indices = Array((0..<test.count).reversed())
    for range in [0..<test.count, 3..<4, 60..<131, 7..<7] {
      var sum = [Double](repeating: 0.5, count: test.length)
      var factors = [Double](repeating: 0.25, count: test.shared)
      var error = 0.0
      for row in indices[range] {
        let weight = Double(test.weights[row])
        error += weight * Double(test.errors[row])
        for shared in 0..<test.shared {
          factors[shared] += weight * Double(test.coefficients[row * test.shared + shared])
        }
        for entry in row * test.entries..<(row + 1) * test.entries {
          let value = Double(test.values[entry])
          if test.values[entry] * test.weights[row] >= least {
            sum[Int(test.anchors[entry])] += weight * value
          } else {
            factors[0] += weight * value
            error += 2 * weight * value
          }
        }
      }
      let found = test.sums(indices, in: range, least: least)
      for (one, other) in zip(found.sum, sum) { #expect(abs(Double(one) - other) < 1e-5) }
      for (one, other) in zip(found.factors, factors) { #expect(abs(one - other) < 1e-5) }
      #expect(abs(found.error - error) < 1e-5)
    }
  }
}
