import LinearAlgebra
import Testing

/// The forms of the kernels against each other: which processor a step runs on makes no difference that anybody could notice.
struct KernelFormTests {
  /// Sizes around the kernels' lanes and stretches, small enough for one thread.
  static let sizes = [1, 7, 15, 16, 17, 255, 256, 257, 513, 2049, 4001]

  /// What kernels make of some numbers, under the kernels' names.
  private func results(of count: Int) throws -> [(name: String, numbers: [Double])] {
    let logits = randomFloats(count, in: -12...4, seed: 1).enumerated().map { $0 % 13 == 5 ? -.infinity : $1 }
    let (p, q) = (try softmax(logits), try softmax(randomFloats(count, in: -3...3, seed: 2)))
    let truncated = try truncatedSoftmax(logits, leavingOut: 1e-3, limit: 1 + count / 3)
    let matrix = Matrix(rows: count, columns: 5, elements: randomFloats(5 * count, in: -1...1, seed: 3))
    let places = (0..<count).map { Int32($0 / 3) }
    var (product, logarithms) = (p, q)
    _ = multiplyAndNormalise(&product, by: q)
    addLogarithms(of: p, times: 0.5, to: &logarithms)
    let ratios = Ratios(of: p, to: q)
    let placed = PlacedSoftmax.all([.init(logits, at: places, count: count)])?[0]
    let rows = TokenRows(
      mixture: RowMixture(length: count),
      entries: AnchorEntries(
        starts: [0, count, 2 * count], anchors: places + places.reversed(), values: p + q, anchorCount: count),
      background: nil)
    let pass = rows.divergence(at: .sum(coefficients: [], weights: [0.75, 0.25]), toward: q, floor: 1e-9)
    var codes = [UInt8](repeating: 0, count: count)
    let scale = q.withUnsafeBufferPointer { q in codes.withUnsafeMutableBufferPointer { RatioCodes.code(q, into: $0) } }
    func wide(_ x: [Float]) -> [Double] { x.map(Double.init) }
    return [
      ("softmax", wide(p)), ("log-sum-exp", [Double(try logSumExp(logits))]),
      ("truncated softmax", wide(truncated.probabilities) + truncated.places.map(Double.init)),
      ("divergence", [klDivergence(p, q)]), ("entropy", [entropy(p)]), ("overlap", [overlap(p, q)]),
      ("gradient", wide(divergenceGradient(of: p, from: q, floor: 1e-9))),
      ("sum of sizes", [q.withUnsafeBufferPointer(absoluteSum)]),
      ("weighted sum", wide(weightedSum([p, q], weights: [0.3, 0.7]))),
      ("logarithmic pool", wide(logarithmicPool([p, q], weights: [0.3, 0.7], smoothing: 1e-6))),
      ("product", wide(product)), ("added logarithms", wide(logarithms)),
      ("quotients", wide(quotients(of: p, minus: 1, by: 3))),
      ("ratios", wide(ratios.values) + [Double(ratios.largest), ratios.distance]),
      ("matrix times vector", wide(MatrixProducts.multiply(matrix, [1, 2, 3, 4, 5]))),
      ("vector times matrix", wide(MatrixProducts.multiply(p, matrix))),
      ("placed softmax", placed?.masses ?? []),
      ("rows of tokens", [pass.loss] + wide(pass.products.entries)),
      ("codes", codes.map(Double.init) + [Double(scale.error)]),
      ("likeliest", topK(5, of: p).map(Double.init)),
    ]
  }

  /// From AVX2 on every form adds up the same numbers in the same order.
  @Test(arguments: sizes) func wideFormsGiveTheSameBits(size: Int) throws {
    let expected = try KernelForm.upTo(.avx2) { try results(of: size) }
    for form in [KernelForm.vnni, .avx512] {
      for (one, other) in zip(try KernelForm.upTo(form) { try results(of: size) }, expected) {
        #expect(one.numbers.map(\.bitPattern) == other.numbers.map(\.bitPattern), "\(one.name), \(form)")
      }
    }
  }

  /// Without fused multiply-add numbers are rounded once more.
  @Test(arguments: sizes) func theBaselineIsAsExact(size: Int) throws {
    let expected = try KernelForm.upTo(.baseline) { try results(of: size) }
    for (one, other) in zip(try results(of: size), expected) {
      #expect(one.numbers.count == other.numbers.count, "\(one.name)")
      let wrong = zip(one.numbers, other.numbers).first { $0 != $1 && abs($0 - $1) > 1e-6 + 1e-5 * abs($1) }
      #expect(wrong == nil, "\(one.name)")
    }
  }

  @Test func aLimitEndsWithItsFunction() {
    let own = KernelForm.current
    #expect(KernelForm.upTo(.baseline) { KernelForm.current } == .baseline)
    #expect(KernelForm.upTo(.avx512) { KernelForm.current } == own)
    #expect(KernelForm.current == own)
  }
}
