import LinearAlgebra
import Testing

/// The forms of the kernels against each other: which processor a step runs on makes no difference that anybody could
/// notice.
struct KernelFormTests {
  /// Sizes around the kernels' lanes and stretches, small enough for one thread.
  static let sizes = [1, 7, 15, 16, 17, 255, 256, 257, 513, 2049, 4001]

  /// What kernels make of some numbers, under the kernels' names.
  private func results(of count: Int) throws -> [(name: String, numbers: [Double])] {
    let logits = randomFloats(count, in: -12...4, seed: 1).enumerated().map { $0 % 13 == 5 ? -.infinity : $1 }
    let (p, q) = (try softmax(logits), try softmax(randomFloats(count, in: -3...3, seed: 2)))
    let truncated = try truncatedSoftmax(logits, leavingOut: 1e-3, limit: 1 + count / 3)
    let matrix = Matrix(rows: count, columns: 5, known: randomFloats(5 * count, in: -1...1, seed: 3))
    let places = (0..<count).map { Int32($0 / 3) }
    var (product, logarithms) = (p, q)
    _ = multiplyAndNormalise(&product, by: q)
    addLogarithms(of: p, times: 0.5, to: &logarithms)
    let ratios = Ratios(of: p, to: q)
    let other = randomFloats(count, in: -9...4, seed: 4)
    let placed = try #require(
      PlacedSoftmax.all([.init(logits, at: places, count: count), .init(other, at: places, count: count)]))
    let factors = PlacedFactors(of: placed[0], to: placed[1], pool: .init(weights: (0.5, 0.5), smoothing: 1e-6))
    let placedLogarithms = placed[1].logarithms(of: other, times: 0.5, adding: factors.values, at: places)
    let pass = rowsOfTokens(count, entries: p + q, places: places + places.reversed()) { rows in
      let position = TokenRows.Position.sum(coefficients: (0..<11).map { 1 / Float($0 + 9) }, weights: [0.75, 0.25])
      return rows.divergence(at: position, toward: q, floor: 1e-9)
    }
    var (moved, moments) = (other, AdamWMoments(count: count))
    for step in 0..<3 {
      moments.take(
        .init(step, rate: 0.15, weightDecay: 0.01, meanDecay: 0.9, squareDecay: 0.999, epsilon: 1e-8), from: &moved,
        softmax: p, gradient: q, factor: 1)
    }
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
      ("placed softmax", placed[0].masses), ("placed factors", wide(factors.values) + [factors.distance]),
      ("placed logarithms", wide(placedLogarithms ?? [])), ("AdamW", wide(moved)),
      ("rows of tokens", [pass.loss] + wide(pass.products.entries + pass.products.rows)),
      ("rows of tables", addedRows(count)),
      ("two largest", [Double(twoLargest(of: p).0), Double(twoLargest(of: p).1)]),
      ("codes", codes.map(Double.init) + [Double(scale.error)]),
      ("likeliest", topK(5, of: p).map(Double.init)),
    ]
  }

  /// Two tokens' rows over five smooth rows, one plain row and five halves, so that loops over four rows and their
  /// rests run.
  private func rowsOfTokens<Result>(
    _ count: Int, entries: [Float], places: [Int32], _ body: (TokenRows) throws -> Result
  ) rethrows -> Result {
    let rows = (0..<6).map { row in
      let memory = UnsafeMutablePointer<Float>.allocate(capacity: count)
      memory.initialize(
        from: randomFloats(count, in: row == 0 ? 0.1...1 : -0.1...1, seed: UInt64(20 + row)), count: count)
      return memory
    }
    let halves = (0..<5).map { row in
      let memory = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
      let numbers = randomFloats(count, in: 0...1, seed: UInt64(40 + row)).map { UInt16($0.bitPattern >> 16) }
      memory.initialize(from: numbers, count: count)
      return memory
    }
    defer {
      rows.forEach { $0.deallocate() }
      halves.forEach { $0.deallocate() }
    }
    return try body(
      TokenRows(
        mixture: RowMixture(
          smooth: rows[..<5].map { UnsafePointer($0) }, plain: [UnsafePointer(rows[5])],
          halves: halves.map { UnsafePointer($0) }, length: count),
        entries: AnchorEntries(
          starts: [0, count, 2 * count], anchors: places, values: entries, anchorCount: count), background: nil))
  }

  /// A sum of rows of a few entries and shares of three shared rows.
  private func addedRows(_ count: Int) -> [Double] {
    let entries = 5
    let anchors = (0..<entries * count).map { Int32($0 % count) }
    let values = randomFloats(entries * count, in: 0...0.1, seed: 60)
    let shares = randomFloats(3 * count, in: 0...0.5, seed: 61)
    let errors = randomFloats(count, in: 0...0.1, seed: 62)
    var (sum, factors) = ([Float](repeating: 0, count: count), [Double](repeating: 0, count: 3))
    let error = anchors.withUnsafeBufferPointer { anchors in
      values.withUnsafeBufferPointer { values in
        shares.withUnsafeBufferPointer { shares in
          errors.withUnsafeBufferPointer { errors in
            let rows = FactoredRows(
              entryCount: entries, sharedCount: 3, anchors: anchors, values: values, coefficients: shares,
              errors: errors)
            return sum.withUnsafeMutableBufferPointer { sum in
              factors.withUnsafeMutableBufferPointer { factors in
                rows.add(
                  Array(0..<count), weights: randomFloats(count, in: 0...1, seed: 63), in: 0..<count, least: 0.01,
                  to: sum, factors: factors)
              }
            }
          }
        }
      }
    }
    return sum.map(Double.init) + factors + [error]
  }

  /// From AVX2 on every form adds up the same numbers in the same order.
  @Test(
    .enabled(if: KernelForm.current.rawValue > KernelForm.avx2.rawValue, "This processor has no later form."),
    arguments: sizes)
  func wideFormsGiveTheSameBits(size: Int) throws {
    let expected = try KernelForm.upTo(.avx2) { try results(of: size) }
    for form in [KernelForm.vnni, .avx512] {
      for (one, other) in zip(try KernelForm.upTo(form) { try results(of: size) }, expected) {
        #expect(one.numbers.map(\.bitPattern) == other.numbers.map(\.bitPattern), "\(one.name), \(form)")
      }
    }
  }

  /// Without fused multiply-add numbers are rounded once more.
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
    #expect(KernelForm.upTo(.avx512) { KernelForm.current } == own)
    #expect(KernelForm.current == own)
  }
}
