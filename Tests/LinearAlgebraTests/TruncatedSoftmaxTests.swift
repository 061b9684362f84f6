import Foundation
import LinearAlgebra
import Testing

struct TruncatedSoftmaxTests {
  /// Kinds of logits, with sizes around the kernel's lanes and blocks, and one that is sampled first.
  enum Shape: CaseIterable {
    case flat, equal, few, peaked, spikes, excluded, steep
  }

  static let sizes = [1, 2, 7, 8, 9, 15, 16, 17, 33, 500, 2047, 2048, 2049, 9000]

  private func logits(_ shape: Shape, _ size: Int) -> [Float] {
    var random = SplitMix64(seed: UInt64(size))
    var logits = randomFloats(size, in: -6...6, seed: UInt64(size + 1))
    let index = Int.random(in: 0..<size, using: &random)
    switch shape {
    case .flat: logits = logits.map { $0 / 1000 }
    case .equal: logits = logits.map { _ in -3.25 }
    case .few: logits = logits.map { $0.rounded() }
    case .peaked: logits[index] = 25
    case .spikes: for step in 0..<20 { logits[(index + step * 37) % size] = 30 - Float(step) / 2 }
    case .excluded: for other in logits.indices where other % 3 > 0 && other != index { logits[other] = -.infinity }
    case .steep: logits = logits.map { $0 * 12 }
    }
    return logits
  }

  @Test(arguments: sizes, Shape.allCases)
  func keepsTheFewestOfTheLikeliest(_ size: Int, _ shape: Shape) throws {
    let logits = logits(shape, size)
    let largest = Double(logits.max() ?? 0)
    let exponentials = logits.map { $0 > Float(largest - 87) ? exp(Double($0) - largest) : 0 }
    let sum = exponentials.reduce(0, +)
    for mass in [Float(0), 1e-7, 1e-4, 0.01, 0.3, 0.999] {
      for limit in [1, 2, 10, 300, size, .max] {
        let result = try truncatedSoftmax(logits, leavingOut: mass, limit: limit)
        let kept = result.indices
        #expect(!kept.isEmpty && kept.count <= limit && kept.count == result.probabilities.count)
        #expect(kept == Set(kept).sorted() && logits.indices.contains(kept[kept.count - 1]))
        for (index, probability) in zip(kept, result.probabilities) {
          let expected = exponentials[index] / sum
          #expect(abs(Double(probability) - expected) <= 6e-6 * expected)
          #expect(probability > 0)
        }
        var others = exponentials
        for index in kept { others[index] = 0 }
        let rest = others.reduce(0, +)
        #expect(abs(Double(result.rest) - rest / sum) <= 6e-6 * rest / sum + 1e-30)
        #expect(abs(Double(result.logSumExp) - (largest + log(sum))) < 1e-5)
        #expect(result.rest <= mass || kept.count == limit)
        // One element less would not be enough, and no other would do better.
        let smallest = kept.reduce(.infinity) { min($0, exponentials[$1]) }
        #expect(kept.count == 1 || (rest + smallest) / sum > Double(mass) * (1 - 1e-5))
        #expect((others.max() ?? 0) <= smallest * (1 + 1e-6))
        let least = kept.reduce(.infinity) { min($0, logits[$1]) }
        let ties = kept.filter { logits[$0] == least }
        #expect(ties == Array(logits.indices.filter { logits[$0] == least }.prefix(ties.count)))
        #expect(try truncatedSoftmax(logits, leavingOut: mass, limit: limit) == result)
      }
    }
  }

  @Test(arguments: sizes) func nothingLeftOutIsTheSoftmax(_ size: Int) throws {
    for shape in Shape.allCases {
      let logits = logits(shape, size)
      let whole = try softmax(logits)
      let result = try truncatedSoftmax(logits, leavingOut: 0, limit: size)
      #expect(result.indices == whole.indices.filter { whole[$0] > 0 })
      for (index, probability) in zip(result.indices, result.probabilities) {
        #expect(abs(probability - whole[index]) <= 1e-6 * whole[index])
      }
      #expect(result.rest == 0)
      #expect(abs(result.logSumExp - (try logSumExp(logits))) < 1e-5)
    }
  }

  /// Elements between the sampled chunks decide which are kept: the wrong estimate is corrected.
  @Test func aSampleThatMissesMuchCostsTimeOnly() throws {
    var logits = [Float](repeating: -40, count: 200_000)
    logits[5] = 0
    let stride = logits.count / 256
    for index in 0..<20_000 { logits[index / 80 * stride + 20 + index % 80] = -10 }
    let result = try truncatedSoftmax(logits, leavingOut: 0.01, limit: .max)
    let mass = 20_000 * exp(-10.0)
    let rest = Double(20_001 - result.indices.count) * exp(-10.0) / (1 + mass)
    #expect(result.indices.count < 20_001 && abs(Double(result.rest) - rest) < 1e-6)
    #expect(result.rest <= 0.01 && rest + exp(-10.0) > 0.0099)
  }

  @Test func hugeNumbersDoNotOverflow() throws {
    let result = try truncatedSoftmax([1e38, -.infinity, 1e38, -1e38], leavingOut: 0, limit: 10)
    #expect(result.indices == [0, 2] && result.probabilities == [0.5, 0.5] && result.rest == 0)
    #expect(result.logSumExp == 1e38 && result.rest == 0)
  }

  @Test func refusesWhatHasNoDistribution() {
    func problem(_ logits: [Float]) -> LinearAlgebraError? {
      #expect(throws: LinearAlgebraError.self) { try truncatedSoftmax(logits, leavingOut: 0.1, limit: 3) }
    }
    #expect(problem([0, .nan, 1]) == LinearAlgebraError(.notANumber, "Logit 1 of 3 is NaN"))
    #expect(problem([0, .infinity]) == LinearAlgebraError(.positiveInfinity, "Logit 1 of 2 is +∞"))
    #expect(problem([])?.code == .nothingFinite)
    #expect(problem([-.infinity, -.infinity])?.code == .nothingFinite)
  }

  @Test func refusesImpossibleBounds() async {
    await #expect(processExitsWith: .failure) { _ = try truncatedSoftmax([0], leavingOut: 1, limit: 1) }
    await #expect(processExitsWith: .failure) { _ = try truncatedSoftmax([0], leavingOut: -0.1, limit: 1) }
    await #expect(processExitsWith: .failure) { _ = try truncatedSoftmax([0], leavingOut: .nan, limit: 1) }
    await #expect(processExitsWith: .failure) { _ = try truncatedSoftmax([0], leavingOut: 0.1, limit: 0) }
  }

  /// The likeliest and the others are together all kept elements, each in order, and none of the others is likelier.
  @Test(arguments: [1, 2, 7, 40, 100, 1000], [1, 3, 40, 99, 100, 101])
  func splittingLosesNothing(count: Int, limit: Int) throws {
    // Whole numbers, so that many are equal.
    let logits = randomFloats(count, in: -6...6, seed: UInt64(count + limit)).map { $0.rounded() }
    let all = try truncatedSoftmax(logits, leavingOut: 0, limit: .max)
    let (likeliest, others) = all.split(at: limit)
    #expect(likeliest.indices.count == min(limit, count) && likeliest.indices.count + others.indices.count == count)
    #expect(likeliest.indices == likeliest.indices.sorted() && others.indices == others.indices.sorted())
    #expect(Set(likeliest.indices).union(others.indices).count == count)
    for part in [likeliest, others] {
      for (index, probability) in zip(part.indices, part.probabilities) {
        #expect(probability == all.probabilities[index])
      }
    }
    let (least, most) = (likeliest.probabilities.min() ?? 0, others.probabilities.max() ?? 0)
    #expect(others.indices.isEmpty || least >= most)
    // Of equal ones, those at the lower indices are among the likeliest.
    let border = zip(likeliest.indices, likeliest.probabilities).filter { $0.1 == least }.map(\.0)
    for (index, probability) in zip(others.indices, others.probabilities) where probability == least {
      #expect(border.allSatisfy { $0 < index })
    }
  }

  @Test func numbersThatAreNoProbabilitiesAreFound() {
    for bad in [Float.nan, .infinity, -.infinity, -0.1] {
      for index in [0, 1, 15, 16, 39] {
        var x = [Float](repeating: 0.5, count: 40)
        x[index] = bad
        #expect(firstImprobable(in: x) == index)
      }
    }
    #expect(firstImprobable(in: [0, 0.5, 1, 2]) == nil && firstImprobable(in: []) == nil)
  }
}
