import LinearAlgebra
import ModelBackends
import RelativeSpace
import Synchronization
import Testing

/// The factored alignment against the dense one, which is the same R̂ stored whole.
struct FactoredCosineAlignmentTests {
  /// Random directions that share a component, a few rows without a direction, and anchors among them.
  struct Case: CustomTestStringConvertible {
    var table: Matrix
    var anchorIDs: [TokenID]
    var options: FactoredCosineAlignment.Options
    var dense: CosineAlignment
    var factored: FactoredCosineAlignment
    var testDescription: String { "V \(table.rows), A \(anchorIDs.count), d \(table.columns), \(options)" }

    init(seed: UInt64) throws {
      var generator = SplitMix64(seed: seed)
      let count = seed == 0 ? 1 : Int.random(in: 2...300, using: &generator)
      let dimension = Int.random(in: 1...48, using: &generator)
      let common = (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
      let strength = Float.random(in: 0...1.5, using: &generator)
      table = Matrix(
        rows: count, columns: dimension,
        known: (0..<count * dimension).map { index in
          Float.random(in: -1...1, using: &generator) + strength * common[index % dimension]
        })
      for row in 0..<count where Int.random(in: 0..<15, using: &generator) == 0 {
        for column in 0..<dimension { table[row, column] = 0 }
      }
      anchorIDs = Array((0..<count).shuffled(using: &generator).prefix(Int.random(in: 1...count, using: &generator)))
      options = FactoredCosineAlignment.Options(
        cosine: CosineAlignment.Options(
          temperature: [1, 10, 100][Int.random(in: 0..<3, using: &generator)],
          normalisesRows: Bool.random(using: &generator)),
        entries: Int.random(in: 0...40, using: &generator), rank: Int.random(in: 0...12, using: &generator),
        quantisedRowBytes: Int.random(in: 0...20_000, using: &generator),
        rowCacheBytes: Int.random(in: 0...20_000, using: &generator))
      dense = try CosineAlignment(
        embeddings: table, vocabularyCount: count, anchorIDs: anchorIDs, options: options.cosine)
      factored = try FactoredCosineAlignment(
        embeddings: table, vocabularyCount: count, anchorIDs: anchorIDs, options: options)
    }

    func distribution(_ seed: UInt64) throws -> [Float] {
      var generator = SplitMix64(seed: seed)
      let sharpness = Float.random(in: 0...12, using: &generator)
      return try softmax((0..<table.rows).map { _ in sharpness * Float.random(in: 0...1, using: &generator) })
    }
  }

  private func distance(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(0) { $0 + abs($1.0 - $1.1) } }

  @Test(arguments: UInt64(0)..<40)
  func projectionsStayWithinTheBound(seed: UInt64) throws {
    let test = try Case(seed: seed)
    let everything = Array(0..<test.table.rows)
    for round in UInt64(0)..<3 {
      let distribution = try test.distribution(seed &* 97 &+ round)
      let exact = test.dense.project(distribution)
      let whole = try test.factored.narrowedRows(
        to: everything, probabilities: distribution, precision: NarrowingPrecision(tolerance: 1, newRows: 0))
      // Quantised rows add their own error, measured as a mean: twice that and rounding are allowed.
      #expect(distance(whole.alignment.project(distribution), exact) <= 1.2 * whole.errorBound + 2e-3)
      #expect(abs(whole.alignment.project(distribution).reduce(0, +) - 1) <= 1e-3)
      let exactly = try test.factored.narrowedRows(
        to: everything, probabilities: distribution, precision: NarrowingPrecision(tolerance: 0, newRows: 1000))
      #expect(exactly.errorBound <= whole.errorBound + 0.05)
    }
  }

  @Test(arguments: UInt64(0)..<40)
  func pullingBackIsTheTransposeOfProjecting(seed: UInt64) throws {
    let test = try Case(seed: seed)
    var generator = SplitMix64(seed: seed)
    let distribution = try test.distribution(seed)
    let values = test.anchorIDs.map { _ in Float.random(in: -1...1, using: &generator) }
    let rows = try test.factored.narrowedRows(
      to: Array(0..<test.table.rows), probabilities: distribution, precision: NarrowingPrecision())
    let there = zip(rows.alignment.project(distribution), values).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    let back = zip(distribution, rows.alignment.pullBack(values)).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    #expect(abs(there - back) <= 1e-3)
  }

  @Test(arguments: UInt64(2)..<30)
  func excludedTokensAddTheirOwnTerms(seed: UInt64) throws {
    let test = try Case(seed: seed)
    let whole = try test.distribution(seed)
    let tokens = Array(stride(from: 0, to: test.table.rows, by: 3))
    let rest = (0..<test.table.rows).filter { !$0.isMultiple(of: 3) }
    let others = TokenShares(tokens: rest, probabilities: rest.map { whole[$0] })
    let share = tokens.reduce(0) { $0 + whole[$1] }
    let p = tokens.map { whole[$0] / share }
    let (target, other) = (test.dense.project(try test.distribution(seed + 1)), test.dense.project(whole))
    for alignment in [test.dense, test.factored] as [any TokenAlignment] {
      let rows = try alignment.narrowedRows(
        to: tokens, probabilities: p, others: others, precision: NarrowingPrecision(tolerance: 0, newRows: 1000))
      let found = rows.alignment.project(p)
      #expect(abs(found.reduce(0, +) - 1) <= 2e-3)
      #expect(distance(found, other) <= 1.2 * rows.errorBound + 2e-3)
      // The gradient is that of the loss: the properties of the pull-back and of the pass also hold with a background.
      let pass = rows.alignment.divergence(of: p, toward: target)
      #expect(abs(pass.loss - rows.alignment.loss(of: p, toward: target)) <= 1e-5 * max(1, pass.loss))
      let values = zip(found, target).map { ($0 - $1) / max($0, RelativeDivergence.floor) }
      for (fast, slow) in zip(pass.gradient, rows.alignment.pullBack(values)) {
        #expect(abs(fast - slow) <= 1e-3 * max(1, abs(slow)))
      }
      var nudged = p
      nudged[0] += 0.25
      let difference = zip(rows.alignment.project(nudged), found).reduce(0) { $0 + ($1.0 - $1.1) }
      #expect(abs(difference - 0.25 * share) <= 1e-3)
    }
  }

  @Test(arguments: UInt64(1)..<20)
  func onePassGivesWhatProjectionAndPullBackGive(seed: UInt64) throws {
    let test = try Case(seed: seed)
    let (p, other) = (try test.distribution(seed), try test.distribution(seed + 1))
    let tokens = Array(0..<test.table.rows)
    for alignment in [
      try test.dense.narrowedRows(to: tokens, probabilities: p, precision: NarrowingPrecision()).alignment,
      try test.factored.narrowedRows(to: tokens, probabilities: p, precision: NarrowingPrecision()).alignment,
    ] {
      let target = alignment.project(other)
      let pass = alignment.divergence(of: p, toward: target)
      #expect(abs(pass.loss - alignment.loss(of: p, toward: target)) <= 1e-5 * max(1, pass.loss))
      let relative = alignment.project(p)
      let gradient = alignment.pullBack(zip(relative, target).map { ($0 - $1) / max($0, RelativeDivergence.floor) })
      for (fast, slow) in zip(pass.gradient, gradient) { #expect(abs(fast - slow) <= 1e-3 * max(1, abs(slow))) }
    }
  }

  @Test func narrowedDenseRowsAreTheRowsThemselves() throws {
    let test = try Case(seed: 7)
    let tokens = Array(stride(from: 0, to: test.table.rows, by: 3))
    let rows = try test.dense.narrowedRows(
      to: tokens, probabilities: tokens.map { _ in 1 }, precision: NarrowingPrecision())
    #expect(rows.errorBound == 0)
    for (index, token) in tokens.enumerated() {
      var one = [Float](repeating: 0, count: tokens.count)
      one[index] = 1
      #expect(rows.alignment.project(one) == Array(test.dense.matrix.row(token)))
    }
  }

  /// A table that counts how many of its rows were read.
  private final class CountingTable: EmbeddingTable {
    let matrix: Matrix
    private let reads = Mutex(0)

    init(_ matrix: Matrix) { self.matrix = matrix }

    var count: Int { matrix.rows }
    var dimension: Int { matrix.columns }
    var rowsRead: Int { reads.withLock { $0 } }

    func rows(_ range: Range<Int>) -> Matrix {
      reads.withLock { $0 += range.count }
      return matrix.rows(range)
    }
  }

  /// Random directions in few dimensions: a row is explained by nothing but itself.
  private struct Unexplained {
    let tokens: [TokenID] = [550, 10]
    let p: [Float] = [0.9, 0.1]
    let table: CountingTable
    var exact: [Float]
    var factored: FactoredCosineAlignment

    init(quantisedRowBytes: Int, rowCacheBytes: Int = 1 << 20) throws {
      let (count, anchors) = (600, Array(0..<400))
      var generator = SplitMix64(seed: 3)
      let matrix = Matrix(
        rows: count, columns: 64,
        known: (0..<count * 64).map { _ in Float.random(in: -1...1, using: &generator) })
      let dense = try CosineAlignment(embeddings: matrix, vocabularyCount: count, anchorIDs: anchors)
      exact = try dense.narrowedRows(to: tokens, probabilities: p, precision: NarrowingPrecision()).alignment.project(p)
      table = CountingTable(matrix)
      factored = try FactoredCosineAlignment(
        embeddings: table, vocabularyCount: count, anchorIDs: anchors,
        options: FactoredCosineAlignment.Options(
          entries: 4, rank: 2, quantisedRowBytes: quantisedRowBytes, rowCacheBytes: rowCacheBytes))
    }

    func narrowed(tolerance: Float = 0.006, newRows: Int) throws -> (distance: Float, bound: Float) {
      let rows = try factored.narrowedRows(
        to: tokens, probabilities: p, precision: NarrowingPrecision(tolerance: tolerance, newRows: newRows))
      let found = rows.alignment.project(p)
      return (zip(found, exact).reduce(0) { $0 + abs($1.0 - $1.1) }, rows.errorBound)
    }
  }

  @Test func rowsThatMatterAreComputedExactlyAndKept() throws {
    let test = try Unexplained(quantisedRowBytes: 0)
    let rough = try test.narrowed(tolerance: 2, newRows: 4)
    let read = test.table.rowsRead
    let fine = try test.narrowed(newRows: 4)
    #expect(rough.distance > 0.1)
    #expect(fine.distance < 0.02)
    #expect(fine.bound < rough.bound)
    // The likeliest token is no anchor, so its direction is read: once, as its row is then known.
    #expect(test.table.rowsRead == read + 1)
    let again = try test.narrowed(newRows: 4)
    #expect(again == fine)
    #expect(test.table.rowsRead == read + 1)
  }

  /// The limit applies to rows beside those that are stored from the start.
  @Test func noMoreRowsAreComputedThanAllowed() throws {
    let test = try Unexplained(quantisedRowBytes: 0)
    let (none, one, all) = (
      try test.narrowed(newRows: 0), try test.narrowed(newRows: 1), try test.narrowed(newRows: 2)
    )
    #expect(none == (try test.narrowed(tolerance: 2, newRows: 4)))
    #expect(one.distance < none.distance / 2 && all.distance < 0.012)
  }

  /// An unlikely token has a coarse row; where it is likely, its row is finer; and neither depends on the other.
  @Test func rowsOfEarlierStepsChangeNothing() throws {
    let precision = NarrowingPrecision(tolerance: 0.004, newRows: 4)
    let steps: [[Float]] = [[0.9, 0.1], [0.1, 0.9], [0.97, 0.03], [0.9, 0.1]]
    let test = try Unexplained(quantisedRowBytes: 0)
    for p in steps {
      let fresh = try Unexplained(quantisedRowBytes: 0)
      func project(_ alignment: FactoredCosineAlignment) throws -> (relative: [Float], bound: Float) {
        let rows = try alignment.narrowedRows(to: test.tokens, probabilities: p, precision: precision)
        return (rows.alignment.project(p), rows.errorBound)
      }
      let (known, new) = (try project(test.factored), try project(fresh.factored))
      #expect(known.relative == new.relative && known.bound == new.bound)
    }
  }

  /// The smaller the tolerated error, the more planes of the codes are read for rows.
  @Test func finerRowsAreComputedForLikelierTokens() throws {
    func distance(tolerance: Float) throws -> Float {
      try Unexplained(quantisedRowBytes: 0).narrowed(tolerance: tolerance, newRows: 4).distance
    }
    let distances = try [2, 0.08, 0.03, 0.001].map(distance)
    for (coarser, finer) in zip(distances, distances.dropFirst()) { #expect(finer < coarser / 1.5) }
  }

  /// The target error is reached on average over many distributions.
  @Test(arguments: [0.1, 0.03, 0.02] as [Float])
  func theToleranceIsKept(tolerance: Float) throws {
    let test = try Unexplained(quantisedRowBytes: 0)
    let matrix = test.table.matrix
    let dense = try CosineAlignment(embeddings: matrix, vocabularyCount: 600, anchorIDs: Array(0..<400))
    var squares = 0.0
    for seed in UInt64(0)..<40 {
      var generator = SplitMix64(seed: seed)
      let tokens = Array((0..<600).shuffled(using: &generator).prefix(8))
      let p = try softmax(tokens.map { _ in Float.random(in: 0...5, using: &generator) })
      let precision = NarrowingPrecision(tolerance: tolerance, newRows: 100)
      let found = try test.factored.narrowedRows(to: tokens, probabilities: p, precision: precision).alignment.project(
        p)
      let exact = try dense.narrowedRows(to: tokens, probabilities: p, precision: precision).alignment.project(p)
      let distance = Double(zip(found, exact).reduce(0) { $0 + abs($1.0 - $1.1) })
      squares += distance * distance
    }
    #expect((squares / 40).squareRoot() <= 1.15 * Double(tolerance))
  }

  @Test(arguments: [(1 << 20, true), (448 * 551, true), (448 * 100, false)])
  func firstRowsAreQuantisedAsFarAsThereIsRoom(bytes: Int, hasLikeliest: Bool) throws {
    let test = try Unexplained(quantisedRowBytes: bytes)
    let known = try test.narrowed(newRows: 0)
    if hasLikeliest {
      #expect(known.distance < 0.02 && known.bound < 0.03)
    } else {
      #expect(known.distance > 0.1)
    }
  }

  @Test func badOptionsAreErrors() {
    let table = Matrix(rows: 4, columns: 2, repeating: 1)
    for options in [
      FactoredCosineAlignment.Options(entries: -1), FactoredCosineAlignment.Options(rank: -1),
      FactoredCosineAlignment.Options(rowCacheBytes: -1), FactoredCosineAlignment.Options(quantisedRowBytes: -1),
      FactoredCosineAlignment.Options(cosine: CosineAlignment.Options(memoryLimit: 10)),
    ] {
      #expect(throws: RelativeSpaceError.self) {
        try FactoredCosineAlignment(embeddings: table, vocabularyCount: 4, anchorIDs: [0], options: options)
      }
    }
  }

  @Test func buildingCanBeCancelled() async throws {
    let table = Matrix(rows: 50, columns: 4, repeating: 1)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try FactoredCosineAlignment(embeddings: table, vocabularyCount: 50, anchorIDs: [0, 1])
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}

extension TokenAlignment {
  /// The rows of some tokens of an alignment that can be narrowed.
  func narrowedRows(
    to tokens: [TokenID], probabilities: [Float], others: TokenShares? = nil, precision: NarrowingPrecision
  ) throws -> NarrowedRows {
    #expect(isNarrowable)
    return try #require(
      try narrowed(to: tokens, probabilities: probabilities, others: others, precision: precision))
  }
}
