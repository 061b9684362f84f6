import LinearAlgebra
import Testing

/// The forms of the kernels against each other: results do not depend on the processor, up to rounding.
struct KernelFormTests {
  /// Sizes around the kernels' lanes and chunks, small enough for one thread.
  static let sizes = [1, 7, 15, 16, 17, 255, 256, 257, 513, 2049, 4001]

  /// Results of the kernels, with their names.
  private func results(of count: Int) throws -> [(name: String, numbers: [Double])] {
    let logits = randomFloats(count, in: -12...4, seed: 1).enumerated().map { $0 % 13 == 5 ? -.infinity : $1 }
    let (p, q) = (try softmax(logits), try softmax(randomFloats(count, in: -3...3, seed: 2)))
    let truncated = try truncatedSoftmax(logits, leavingOut: 1e-3, limit: 1 + count / 3)
    let matrix = Matrix(rows: count, columns: 5, known: randomFloats(5 * count, in: -1...1, seed: 3))
    let groups = (0..<count).map { Int32($0 / 3) }
    var (product, logarithms) = (p, q)
    _ = multiplyAndNormalise(&product, by: q)
    addLogarithms(of: p, times: 0.5, to: &logarithms)
    let ratios = Ratios(of: p, to: q)
    let other = randomFloats(count, in: -9...4, seed: 4)
    let grouped = try #require(
      GroupedSoftmax.all([.init(logits, at: groups, count: count), .init(other, at: groups, count: count)]))
    let factors = GroupFactors(of: grouped[0], to: grouped[1], pool: .init(weights: (0.5, 0.5), smoothing: 1e-6))
    let groupedLogarithms = grouped[1].logarithms(of: other, times: 0.5, adding: factors.values, at: groups)
    var (moved, moments) = (other, AdamWMoments(count: count))
    for step in 0..<3 {
      moments.take(
        .init(step, rate: 0.15, weightDecay: 0.01, meanDecay: 0.9, squareDecay: 0.999, epsilon: 1e-8), from: &moved,
        softmax: p, gradient: q, factor: 1)
    }
    func wide(_ x: [Float]) -> [Double] { x.map(Double.init) }
    return [
      ("softmax", wide(p)), ("log-sum-exp", [Double(try logSumExp(logits))]),
      ("truncated softmax", wide(truncated.probabilities) + truncated.indices.map(Double.init)),
      ("divergence", [klDivergence(p, q)]), ("entropy", [entropy(p)]), ("overlap", [overlap(p, q)]),
      ("gradient", wide(divergenceGradient(of: p, from: q, floor: 1e-9))),
      ("sum of sizes", [absoluteSum(q.span)]),
      ("weighted sum", wide(weightedSum([p, q], weights: [0.3, 0.7]))),
      ("logarithmic pool", wide(logarithmicPool([p, q], weights: [0.3, 0.7], smoothing: 1e-6))),
      ("product", wide(product)), ("added logarithms", wide(logarithms)),
      ("quotients", wide(quotients(of: p, minus: 1, by: 3))),
      ("ratios", wide(ratios.values) + [Double(ratios.largest), ratios.distance]),
      ("matrix times vector", wide(MatrixProducts.multiply(matrix, [1, 2, 3, 4, 5]))),
      ("vector times matrix", wide(MatrixProducts.multiply(p, matrix))),
      ("grouped softmax", grouped[0].masses), ("group factors", wide(factors.values) + [factors.distance]),
      ("grouped logarithms", wide(groupedLogarithms ?? [])), ("AdamW", wide(moved)),
      ("two largest", [Double(twoLargest(of: p).0), Double(twoLargest(of: p).1)]),
      ("likeliest", topK(5, of: p).map(Double.init)),
    ]
  }

  /// All forms from AVX2 on add up the same numbers in the same order.
  @Test(
    .enabled(if: KernelForm.current.rawValue > KernelForm.wide.rawValue, "This processor has no later form."),
    arguments: sizes)
  func wideFormsGiveTheSameBits(size: Int) throws {
    let expected = try KernelForm.upTo(.wide) { try results(of: size) }
    for form in [KernelForm.dots, .widest] {
      for (one, other) in zip(try KernelForm.upTo(form) { try results(of: size) }, expected) {
        #expect(one.numbers.map(\.bitPattern) == other.numbers.map(\.bitPattern), "\(one.name), \(form)")
      }
    }
  }

  /// Without fused multiply-add there is one more rounding.
  @Test(.enabled(if: KernelForm.current != .baseline, "This processor has the baseline only."), arguments: sizes)
  func theBaselineIsAsExact(size: Int) throws {
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
    #expect(KernelForm.upTo(.widest) { KernelForm.current } == own)
    #expect(KernelForm.current == own)
  }
}
