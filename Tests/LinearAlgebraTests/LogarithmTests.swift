import Foundation
import LinearAlgebra
import Testing

struct LogarithmTests {
  /// Sizes around the kernels' lanes and chunks.
  static let sizes = [0, 1, 7, 8, 15, 16, 17, 33, 511, 512, 513, 3000]

  @Test func isExactToOneUnitInTheLastPlace() {
    // Every 4099th number above zero, the subnormal ones included, and the neighbours of one.
    let spread = stride(from: UInt32(1), to: Float.infinity.bitPattern, by: 4099).map(Float.init(bitPattern:))
    let nearOne = (Float(0.999).bitPattern...Float(1.001).bitPattern).map(Float.init(bitPattern:))
    let numbers = spread + nearOne
    var worst = 0.0
    for (number, logarithm) in zip(numbers, logarithms(of: numbers)) {
      let exact = log(Double(number))
      worst = max(worst, abs(Double(logarithm) - exact) / Double(Float(exact).ulp))
    }
    #expect(worst <= 1)
  }

  @Test func edges() {
    let edges = logarithms(of: [0, -0.0, 1, .infinity, -1, -.infinity, .nan])
    #expect(edges[0] == -.infinity && edges[1] == -.infinity && edges[2] == 0 && edges[3] == .infinity)
    #expect(edges[4].isNaN && edges[5].isNaN && edges[6].isNaN)
  }

  @Test(arguments: sizes) func divergenceEqualsTheExactOne(_ size: Int) {
    let p = distribution(size, seed: 1)
    for (q, width) in [(distribution(size, seed: 2), 12.0), (p, 0), (p.map { $0 * 1.001 }, 0)] {
      let exact = exactDivergence(p, q, floor: .leastNormalMagnitude)
      #expect(abs(klDivergence(p, q) - exact) <= 2e-7 * (1 + width))
    }
    #expect(klDivergence(p, p) == 0)
  }

  @Test func divergenceAtTheEdges() {
    #expect(abs(klDivergence([0, 0.5, 0.5], [0.4, 0.3, 0.3]) - log(0.5 / 0.3)) < 2e-7)
    // An impossible element counts as the floor; quotients outside single precision are computed in double precision.
    #expect(abs(klDivergence([1], [0], floor: 1e-30) - log(1e30)) < 1e-5)
    #expect(abs(klDivergence([100], [0]) - 100 * log(100 / Double(Float.leastNormalMagnitude))) < 1e-2)
    #expect(klDivergence([.nan, 1], [1, 1]) == 0)
    #expect(klDivergence([1], [.nan]).isNaN)
  }

  @Test(arguments: sizes) func entropyEqualsTheExactOne(_ size: Int) {
    let p = distribution(size, seed: 3)
    let exact = -p.reduce(0.0) { $1 > 0 ? $0 + Double($1) * log(Double($1)) : $0 }
    #expect(abs(entropy(p) - exact) <= 2e-7 * (1 + exact))
  }

  @Test(arguments: sizes) func logarithmsAreAdded(_ size: Int) {
    let x = distribution(size, seed: 4)
    var y = randomFloats(size, in: -3...3, seed: 5)
    for index in y.indices where index % 3 == 1 { y[index] = -.infinity }
    let before = y
    addLogarithms(of: x, times: 0.5, to: &y)
    for (index, value) in y.enumerated() {
      let expected = before[index] == -.infinity || x[index] == 0 ? -.infinity : before[index] + 0.5 * log(x[index])
      #expect(value == expected || abs(value - expected) < 2e-6)
    }
  }

  @Test(arguments: sizes) func vectorsAreCombined(_ size: Int) {
    let vectors = [distribution(size, seed: 6), Array(repeating: .nan, count: size), distribution(size, seed: 7)]
    let weights: [Float] = [0.3, 0, 0.7]
    let (mean, pool) = (
      weightedSum(vectors, weights: weights), logarithmicPool(vectors, weights: weights, smoothing: 0.01)
    )
    #expect(mean.count == size && pool.count == size)
    for index in 0..<size {
      let (one, other) = (Double(vectors[0][index]), Double(vectors[2][index]))
      let expected = 0.3 * one + 0.7 * other
      #expect(abs(Double(mean[index]) - expected) <= 2e-7 * expected)
      let logarithm = 0.3 * log(0.99 * one + 0.01 * expected) + 0.7 * log(0.99 * other + 0.01 * expected)
      #expect(pool[index] == -.infinity && logarithm == -.infinity || abs(Double(pool[index]) - logarithm) < 3e-6)
    }
  }

  /// Numbers from 10⁻⁶ to 1 with the sum one; a few are 0.
  private func distribution(_ size: Int, seed: UInt64) -> [Float] {
    let numbers = randomFloats(size, in: -13...0, seed: seed).enumerated().map { $0 % 10 == 9 ? 0 : exp($1) }
    let sum = numbers.reduce(0, +)
    return numbers.map { $0 / max(sum, .leastNormalMagnitude) }
  }
}
