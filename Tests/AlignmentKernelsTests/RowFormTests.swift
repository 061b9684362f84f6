import AlignmentKernels
import LinearAlgebra
import Testing

/// The forms of the rows' kernels against each other: results do not depend on the processor, up to rounding.
struct RowFormTests {
  /// Sizes around the kernels' lanes and blocks, small enough for one thread.
  static let sizes = [1, 7, 15, 16, 17, 255, 256, 257, 513, 2049, 4001]

  /// Results of the kernels, with their names.
  private func results(of count: Int) -> [(name: String, numbers: [Double])] {
    let q = randomFloats(count, in: 0...1, seed: 2)
    let pass = tokenRows(count).divergence(
      at: .sum(coefficients: (0..<11).map { 1 / Float($0 + 9) }, weights: [0.75, 0.25]), toward: q, floor: 1e-9)
    var codes = [UInt8](repeating: 0, count: count)
    var span = codes.mutableSpan
    let scale = LogCodes.quantise(q.span, into: &span)
    return [
      ("token rows", [pass.loss] + (pass.products.entries + pass.products.rows).map(Double.init)),
      ("factored rows", addedRows(count)), ("log codes", codes.map(Double.init) + [Double(scale.error)]),
    ]
  }

  /// Two tokens' rows over five shared rows, one row of a matrix and five in bfloat16, to cover loops over four rows
  /// and their remainders.
  private func tokenRows(_ count: Int) -> TokenRows {
    let shared = (0..<5).map { row in
      StoredArray(randomFloats(count, in: row == 0 ? 0.1...1 : -0.1...1, seed: UInt64(20 + row)))
    }
    let halves = (0..<5).map { row in
      StoredArray(randomFloats(count, in: 0...1, seed: UInt64(40 + row)).map { UInt16($0.bitPattern >> 16) })
    }
    let anchors = (0..<count).map { Int32($0 / 3) }
    return TokenRows(
      mixture: RowMixture(
        shared: shared, rows: [0],
        of: Matrix(rows: 1, columns: count, known: randomFloats(count, in: -0.1...1, seed: 25)), halves: halves),
      entries: AnchorEntries(
        starts: [0, count, 2 * count], anchors: anchors + anchors.reversed(),
        values: randomFloats(2 * count, in: 0...1, seed: 3), anchorCount: count),
      background: nil, workers: .all)
  }

  /// A sum of rows of a few entries and coefficients of three shared rows.
  private func addedRows(_ count: Int) -> [Double] {
    let entries = 5
    let rows = FactoredRows(
      entryCount: entries, sharedCount: 3, anchors: StoredArray((0..<entries * count).map { Int32($0 % count) }),
      values: StoredArray(randomFloats(entries * count, in: 0...0.1, seed: 60)),
      coefficients: StoredArray(randomFloats(3 * count, in: 0...0.5, seed: 61)),
      errors: StoredArray(randomFloats(count, in: 0...0.1, seed: 62)))
    var (sum, factors) = ([Float](repeating: 0, count: count), [Double](repeating: 0, count: 3))
    let error = rows.add(
      Array(0..<count), weights: randomFloats(count, in: 0...1, seed: 63), in: 0..<count, least: 0.01, to: &sum,
      factors: &factors)
    return sum.map(Double.init) + factors + [error]
  }

  @Test(
    .enabled(if: KernelForm.current.rawValue > KernelForm.wide.rawValue, "This processor has no later form."),
    arguments: sizes)
  func wideFormsGiveTheSameBits(size: Int) {
    let expected = KernelForm.upTo(.wide) { results(of: size) }
    for form in [KernelForm.dots, .widest] {
      for (one, other) in zip(KernelForm.upTo(form) { results(of: size) }, expected) {
        #expect(one.numbers.map(\.bitPattern) == other.numbers.map(\.bitPattern), "\(one.name), \(form)")
      }
    }
  }

  /// Without fused multiply-add there is one more rounding.
  @Test(.enabled(if: KernelForm.current != .baseline, "This processor has the baseline only."), arguments: sizes)
  func theBaselineIsAsExact(size: Int) {
    let expected = KernelForm.upTo(.baseline) { results(of: size) }
    for (one, other) in zip(results(of: size), expected) {
      #expect(one.numbers.count == other.numbers.count, "\(one.name)")
      let wrong = zip(one.numbers, other.numbers).first { $0 != $1 && abs($0 - $1) > 1e-6 + 1e-5 * abs($1) }
      #expect(wrong == nil, "\(one.name)")
    }
  }
}

func randomFloats(_ count: Int, in range: ClosedRange<Float>, seed: UInt64) -> [Float] {
  var generator = SplitMix64(seed: seed)
  return (0..<count).map { _ in Float.random(in: range, using: &generator) }
}
