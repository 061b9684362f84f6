import LinearAlgebra
import Testing

struct VectorFunctionTests {
  static let sizes = [0, 1, 2, 15, 16, 17, 33, 2047, 2048, 2049, 5000]

  @Test(arguments: sizes) func ratiosAreQuotientsThatStayFinite(_ size: Int) {
    let wanted = randomFloats(size, in: 0...1, seed: 1)
    let actual = randomFloats(size, in: 0...1, seed: 2).enumerated().map { $0 % 5 == 3 ? 0 : $1 }
    let ratios = Ratios(of: wanted, to: actual)
    #expect(ratios.values == zip(wanted, actual).map { $1 > 0 ? $0 / $1 : 0 })
    #expect(ratios.largest == ratios.values.max() ?? 0 && ratios.isSound)
    let distance = zip(wanted, actual).reduce(0.0) { $0 + Double(abs($1.0 - $1.1)) }
    #expect(abs(ratios.distance - distance) <= 1e-12 * (1 + distance))
    for bad: Float in [.nan, .infinity, -1] {
      for index in Set([0, size / 2, size - 1]) where index >= 0 && index < size {
        var wrong = wanted
        wrong[index] = bad
        #expect(!Ratios(of: wrong, to: actual).isSound)
      }
    }
    #expect(Ratios(of: [1], to: [.leastNonzeroMagnitude]).values == [.greatestFiniteMagnitude])
  }

  @Test(arguments: sizes) func productsAreNormalised(_ size: Int) {
    let x = randomFloats(size, in: 0...1, seed: 3)
    var y = randomFloats(size, in: 0...1, seed: 4)
    let products = zip(x, y).map { Double($0 * $1) }
    #expect(multiplyAndNormalise(&y, by: x) == (size > 0))
    for (one, other) in zip(y, products) { #expect(abs(Double(one) - other / products.reduce(0, +)) < 1e-6) }
    var nothing: [Float] = [1, 2]
    #expect(!multiplyAndNormalise(&nothing, by: [0, 0]) && nothing == [0, 0])
  }

  @Test(arguments: sizes) func sumsAndElementsAreGatheredAndScattered(_ size: Int) {
    var random = SplitMix64(seed: 5)
    let count = size / 3 + 1
    let x = randomFloats(size, in: 0...1, seed: 6)
    let indices = (0..<size).map { _ in Int32.random(in: 0..<Int32(count), using: &random) }
    var expected = [Double](repeating: 0, count: count)
    for (index, value) in zip(indices, x) { expected[Int(index)] += Double(value) }
    #expect(sums(of: x, at: indices, count: count) == expected.map { Float($0) })
    let values = randomFloats(count, in: -1...1, seed: 7)
    #expect(elements(of: values, at: indices) == indices.map { values[Int($0)] })
  }

  @Test(arguments: sizes) func overlapQuotientsAndTheTwoLargest(_ size: Int) {
    let (x, y) = (randomFloats(size, in: -1...1, seed: 8), randomFloats(size, in: -1...1, seed: 9).map { $0.rounded() })
    let expected = zip(x, y).reduce(0.0) { $0 + Double(min($1.0, $1.1)) }
    #expect(abs(overlap(x, y) - expected) < 1e-9)
    #expect(quotients(of: x, minus: 0.25, by: 3) == x.map { ($0 - 0.25) / 3 })
    for numbers in [x, y] {
      let sorted = numbers.sorted(by: >) + [-.infinity, -.infinity]
      #expect(twoLargest(of: numbers) == (sorted[0], sorted[1]))
    }
  }

  @Test(arguments: sizes) func thePeakIsTheFirstOfTheLargest(_ size: Int) throws {
    let numbers = randomFloats(size, in: -3...3, seed: 10).map { $0.rounded() }
    let expected = numbers.indices.first { numbers[$0] == numbers.max() }
    #expect(argMax(numbers) == expected)
    guard let expected else { return }
    let peak = try Peak(of: numbers)
    #expect(peak.index == expected && peak.value == numbers[expected])
    #expect(peak.logSumExp(of: numbers) == (try logSumExp(numbers)))
    for (bad, code) in [(Float.nan, LinearAlgebraError.Code.notANumber), (.infinity, .positiveInfinity)] {
      var wrong = numbers
      wrong[size - 1] = bad
      #expect(#expect(throws: LinearAlgebraError.self) { try Peak(of: wrong) }?.code == code)
    }
    let excluded = [Float](repeating: -.infinity, count: size)
    #expect(#expect(throws: LinearAlgebraError.self) { try Peak(of: excluded) }?.code == .nothingFinite)
  }

  @Test(arguments: 0..<20) func choosingGoesThroughTheLikeliestFirst(_ seed: Int) throws {
    let logits = randomFloats(200, in: -4...4, seed: UInt64(seed)).map { seed % 2 == 0 ? $0 : $0.rounded() }
    let all = try truncatedSoftmax(logits, leavingOut: 0, limit: 200)
    let order = all.indices.sorted { (all.probabilities[$1], $0) < (all.probabilities[$0], $1) }
    #expect(all.largest == all.probabilities.max() && all.smallest == all.probabilities.min())
    var reached = 0.0
    for (rank, index) in order.enumerated() {
      let probability = Double(all.probabilities[index])
      #expect(all.index(at: reached + probability / 2) == index)
      let kept = all.keeping(sum: reached + probability / 2)
      #expect(kept.indices == order[...rank].sorted())
      #expect(abs(Double(kept.rest) - (all.sum - reached - probability)) < 1e-6)
      #expect(
        all.keeping(atLeast: Float(probability)).indices
          == order.filter {
            all.probabilities[$0] >= Float(probability)
          }.sorted())
      reached += probability
    }
    #expect(all.index(at: 0) == order[0] && all.keeping(sum: 0).indices == [order[0]])
  }
}
