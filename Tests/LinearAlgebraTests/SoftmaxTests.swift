import Foundation
import LinearAlgebra
import Testing

struct SoftmaxTests {
  /// Sizes around the kernels' lanes and blocks.
  static let sizes = [1, 2, 15, 16, 17, 31, 33, 500, 2047, 2048, 2049, 5000]

  @Test(arguments: sizes)
  func equalsTheExactSoftmax(_ size: Int) throws {
    for (seed, width) in [(1, Float(1)), (2, 10), (3, 60)] {
      let logits = randomFloats(size, in: -width...width, seed: UInt64(seed + size))
      let result = try softmax(logits)
      // The difference to the largest logit, up to 120, is rounded to 4e-6 at worst, and its exponential with it.
      for (actual, expected) in zip(result, exactSoftmax(logits)) {
        #expect(abs(Double(actual) - expected) <= 6e-6 * expected + 1e-37)
      }
      #expect(abs(result.reduce(0) { $0 + Double($1) } - 1) < 1e-6)
    }
  }

  @Test func exponentialIsExactEverywhere() throws {
    // A logit far below the largest has exp of the difference as its probability, since the sum is one.
    for difference in stride(from: Float(-86.9), through: -18, by: 0.37) {
      let actual = Double(try softmax([0, difference])[1])
      let expected = exp(Double(difference))
      #expect(abs(actual - expected) <= 3e-7 * expected)
    }
  }

  @Test func veryUnlikelyIsZero() throws {
    #expect(try softmax([0, -88, -1000, -.greatestFiniteMagnitude]) == [1, 0, 0, 0])
  }

  @Test func excludedTokensHaveNoProbability() throws {
    #expect(try softmax([-.infinity, 3, -.infinity, 3]) == [0, 0.5, 0, 0.5])
    #expect(try softmax([-.infinity, -1e30]) == [0, 1])
  }

  @Test func largeLogitsDoNotOverflow() throws {
    #expect(try softmax([1e38, 1e38, -1e38]) == [0.5, 0.5, 0])
    #expect(try softmax([.greatestFiniteMagnitude, -.greatestFiniteMagnitude]) == [1, 0])
  }

  @Test func logitsWithoutADistributionAreRefused() {
    for index in [0, 5, 16, 20] {
      var logits = [Float](repeating: 1, count: 21)
      logits[index] = .nan
      #expect(error { try softmax(logits) } == LinearAlgebraError(.notANumber, "Logit \(index) of 21 is NaN"))
      logits[index] = .infinity
      #expect(error { try logSumExp(logits) } == LinearAlgebraError(.positiveInfinity, "Logit \(index) of 21 is +∞"))
    }
    #expect(error { try softmax([]) }?.code == .nothingFinite)
    let excluded = [Float](repeating: -.infinity, count: 40)
    #expect(error { try softmax(excluded) }?.description == "All 40 logits are −∞")
    #expect(error { try logSumExp([]) }?.description == "There are no logits")
  }

  @Test(arguments: sizes)
  func logSumExpIsExact(_ size: Int) throws {
    let logits = randomFloats(size, in: -20...20, seed: UInt64(size)) + [-.infinity]
    let largest = Double(try finiteMaximum(of: logits))
    let expected = largest + log(logits.reduce(0) { $0 + exp(Double($1) - largest) })
    #expect(abs(Double(try logSumExp(logits)) - expected) < 1e-5)
  }

  @Test func logSumExpOfHugeNumbers() throws {
    #expect(try logSumExp([1000, 1000]) == 1000 + Float(log(2.0)))
    #expect(try logSumExp([-1e30]) == -1e30)
  }

  @Test(arguments: [Float(0), 0.5, 1, 100], [1, 37, 2048, 2049, 5000])
  func scaledSoftmaxInPlace(_ scale: Float, size: Int) {
    let values = randomFloats(size, in: -1...1, seed: 9)
    var result = values
    var span = result.mutableSpan
    applySoftmax(&span, scale: scale)
    for (actual, expected) in zip(result, exactSoftmax(values, scale: Double(scale))) {
      #expect(abs(Double(actual) - expected) <= 3e-5 * expected + 1e-37)
    }
  }

  private func exactSoftmax(_ logits: [Float], scale: Double = 1) -> [Double] {
    let largest = logits.reduce(-Double.infinity) { max($0, Double($1)) }
    let exponentials = logits.map { exp(scale * (Double($0) - largest)) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  private func error(_ body: () throws -> some Any) -> LinearAlgebraError? {
    #expect(throws: LinearAlgebraError.self) { _ = try body() }
  }
}

/// Numbers drawn evenly from a range.
func randomFloats(_ count: Int, in range: ClosedRange<Float>, seed: UInt64) -> [Float] {
  var generator = SplitMix64(seed: seed)
  return (0..<count).map { _ in Float.random(in: range, using: &generator) }
}
