import AlignmentKernels
import LinearAlgebra

/// The parts of a factored alignment as typed arrays.
struct FactoredTables: Sendable {
  let layout: FactoredLayout
  let region: MemoryRegion
  /// The memory pool for rows of a step.
  let pool = BlockPool()
  let coefficients: StoredArray<Float>
  let rowErrors: StoredArray<Float>
  let shared: StoredArray<Float>
  /// The anchors' directions, rotated.
  let directions: QuantisedRows
  let quantisedRowIndices: StoredArray<Int32>
  private let entryAnchors: StoredArray<Int32>
  private let entryValues: StoredArray<Float>
  private let records: StoredArray<UInt8>

  init(layout: FactoredLayout, region: MemoryRegion) {
    precondition(region.bytes.count >= layout.byteCount, "The memory is too small for the alignment.")
    self.layout = layout
    self.region = region
    coefficients = region.numbers(layout.coefficients)
    rowErrors = region.numbers(layout.rowErrors)
    shared = region.numbers(layout.shared)
    directions = QuantisedRows(
      length: layout.dimension, codes: region.numbers(layout.directionCodes),
      scales: region.numbers(layout.directionScales))
    quantisedRowIndices = region.numbers(layout.quantisedRowIndices)
    entryAnchors = region.numbers(layout.entryAnchors)
    entryValues = region.numbers(layout.entryValues)
    records = region.numbers(layout.quantisedRowRecords)
  }

  /// The anchors of a token's large entries.
  func entryAnchors(of token: Int) -> StoredArray<Int32> { entryAnchors.row(token, length: layout.entries) }

  /// A token's large entries, largest first.
  func entryValues(of token: Int) -> StoredArray<Float> { entryValues.row(token, length: layout.entries) }

  /// All tokens' rows in factored form.
  var rows: FactoredRows {
    FactoredRows(
      entryCount: layout.entries, sharedCount: layout.sharedRows, anchors: entryAnchors, values: entryValues,
      coefficients: coefficients, errors: rowErrors)
  }

  /// The shared rows.
  var sharedRows: [StoredArray<Float>] { (0..<layout.sharedRows).map { shared.row($0, length: layout.anchors) } }

  /// The record of a quantised row.
  func quantisedRowRecord(_ index: Int) -> StoredArray<UInt8> { records.row(index, length: layout.quantisedRowSize) }

  /// A token's quantised row, where it has one.
  func quantisedRow(of token: Int) -> QuantisedRow? {
    let index = Int(quantisedRowIndices[token])
    return index < 0 ? nil : QuantisedRow(quantisedRowRecord(index), count: layout.anchors)
  }

  /// Dequantises rows of R̂, `[A]` each, without their large entries.
  ///
  /// Each thread dequantises the anchors of all rows that it will process in later passes.
  ///
  /// - Complexity: O(A) for each row, divided among the workers.
  func dequantise(_ quantised: [QuantisedRow], workers: Workers) -> [StoredArray<UInt16>] {
    let rows = quantised.map { _ in pool.numbers(layout.anchors, of: UInt16.self) }
    workers.split(layout.anchors, least: Self.anchorGrain) { _, range in
      for (quantised, row) in zip(quantised, rows) { quantised.dequantise(range, into: row) }
    }
    return rows
  }
}

extension FactoredTables {
  /// r = p·R̂ of the factored rows, `[A]`, and a bound on its L1 distance from the exact one.
  ///
  /// - Parameters:
  ///   - shares: The tokens.
  ///   - rows: All factored rows (``rows``).
  ///   - leastEntry: The least contribution of a large entry; smaller ones are replaced by the base row.
  /// - Complexity: O(K·(entries + rank) + A·rank) for K tokens, divided among the workers.
  func project(
    _ shares: TokenShares, of rows: FactoredRows, leastEntry: Float, workers: Workers
  ) -> (relative: [Float], error: Double) {
    project(sum(shares, of: rows, leastEntry: leastEntry, workers: workers), workers: workers)
  }

  /// The sum of some tokens' large entries, and of their coefficients.
  ///
  /// - Complexity: O(K·(entries + rank)) for K tokens, divided among the workers.
  private func sum(_ shares: TokenShares, of rows: FactoredRows, leastEntry: Float, workers: Workers) -> TokenSum {
    let parts = workers.parts(of: shares.tokens.count, least: Self.tokenGrain)
    let sums = workers.map(parts) { part in
      var sum = TokenSum(layout)
      let range = part * shares.tokens.count / parts..<(part + 1) * shares.tokens.count / parts
      sum.error = rows.add(
        shares.tokens, weights: shares.probabilities, in: range, least: leastEntry, to: &sum.relative,
        factors: &sum.factors)
      return sum
    }
    var sum = sums[0]
    for part in sums.dropFirst() {
      sum.relative.add(part.relative)
      for row in sum.factors.indices { sum.factors[row] += part.factors[row] }
      sum.error += part.error
    }
    return sum
  }

  /// r = p·R̂ from the tokens' sums: the shared rows, weighted, are added to the entries.
  ///
  /// - Complexity: O(A·rank), divided among the workers.
  private func project(_ sum: consuming TokenSum, workers: Workers) -> (relative: [Float], error: Double) {
    // The base row's coefficient is bounded below, so that every anchor keeps a positive probability.
    sum.factors[0] = max(sum.factors[0], Self.leastBase)
    RowMixture(shared: sharedRows, length: layout.anchors).add(
      sum.factors.map(Float.init), to: &sum.relative, workers: workers)
    return (sum.relative, sum.error)
  }

  /// The least number of tokens per thread.
  private static let tokenGrain = 4096
  /// The least number of anchors per thread.
  private static let anchorGrain = 24_576
  private static let leastBase = 1e-6

  /// A weighted sum of tokens' rows in factored form.
  private struct TokenSum: Sendable {
    /// The sum of the large entries, `[A]`.
    var relative: [Float]
    /// The coefficients of the shared rows.
    var factors: [Double]
    var error = 0.0

    fileprivate init(_ layout: FactoredLayout) {
      relative = Array(repeating: 0, count: layout.anchors)
      factors = Array(repeating: 0, count: layout.sharedRows)
    }
  }
}
