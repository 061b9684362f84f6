import LinearAlgebra

/// The parts of a factored alignment as numbers.
struct FactoredTables: @unchecked Sendable {
  let layout: FactoredLayout
  let region: MemoryRegion
  let coefficients: UnsafeMutableBufferPointer<Float>
  let rowErrors: UnsafeMutableBufferPointer<Float>
  let shared: UnsafeMutableBufferPointer<Float>
  /// The anchors' directions, turned.
  let directions: CodedRows
  let codedRowPlaces: UnsafeMutableBufferPointer<Int32>
  let allEntryAnchors: UnsafeMutableBufferPointer<Int32>
  let allEntryValues: UnsafeMutableBufferPointer<Float>

  init(layout: FactoredLayout, region: MemoryRegion) {
    precondition(region.bytes.count >= layout.byteCount, "The memory is too small for the alignment.")
    self.layout = layout
    self.region = region
    coefficients = region.numbers(layout.coefficients, as: Float.self)
    rowErrors = region.numbers(layout.rowErrors, as: Float.self)
    shared = region.numbers(layout.shared, as: Float.self)
    directions = CodedRows(
      length: layout.dimension, codes: region.numbers(layout.directionCodes, as: UInt8.self),
      scales: region.numbers(layout.directionScales, as: Float.self))
    codedRowPlaces = region.numbers(layout.codedRowPlaces, as: Int32.self)
    allEntryAnchors = region.numbers(layout.entryAnchors, as: Int32.self)
    allEntryValues = region.numbers(layout.entryValues, as: Float.self)
  }

  /// The anchors of a token's large entries.
  func entryAnchors(of token: Int) -> UnsafeMutableBufferPointer<Int32> {
    UnsafeMutableBufferPointer(rebasing: allEntryAnchors[token * layout.entries..<(token + 1) * layout.entries])
  }

  /// A token's large entries, largest first.
  func entryValues(of token: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: allEntryValues[token * layout.entries..<(token + 1) * layout.entries])
  }

  /// What is kept of each token's row but for whole rows.
  var rows: FactoredRows {
    FactoredRows(
      entryCount: layout.entries, sharedCount: layout.sharedRows, anchors: UnsafeBufferPointer(allEntryAnchors),
      values: UnsafeBufferPointer(allEntryValues), coefficients: UnsafeBufferPointer(coefficients),
      errors: UnsafeBufferPointer(rowErrors))
  }

  /// The shared rows, which stay in place as long as the memory does.
  var sharedRows: [RowMemory<Float>] {
    (0..<layout.sharedRows).map { row in
      guard let start = shared.baseAddress else { preconditionFailure("Shared rows have elements.") }
      return RowMemory(start + row * layout.anchors, in: region)
    }
  }

  /// Memory for the coded row of a place among them.
  func codedRowRecord(_ place: Int) -> UnsafeMutableRawPointer {
    let start = layout.codedRowRecords.offset + place * layout.codedRowSize
    guard let record = UnsafeMutableRawBufferPointer(rebasing: region.bytes[start...]).baseAddress else {
      preconditionFailure("Memory has an address.")
    }
    return record
  }

  /// A token's coded row, where it has one.
  func codedRow(of token: Int) -> CodedRow? {
    let place = Int(codedRowPlaces[token])
    return place < 0 ? nil : CodedRow(at: codedRowRecord(place), count: layout.anchors, in: region)
  }

  /// Rows of R̂, `[A]` each, without their large entries, of their codes.
  ///
  /// Each thread decodes the anchors of all rows that it will go through in later passes.
  ///
  /// - Complexity: O(A) for each row, by all threads.
  func decode(_ coded: [CodedRow]) -> [RowMemory<UInt16>] {
    let rows = coded.map { _ in ReusedMemory<UInt16>(count: layout.anchors) }
    KernelThreads.split(layout.anchors, least: Self.grain) { _, range in
      for (coded, row) in zip(coded, rows) { coded.decode(range, into: row.numbers) }
    }
    return rows.map { RowMemory($0) }
  }
}

extension FactoredTables {
  /// r = p·R̂ of what is kept, `[A]`, and how far it may be from the exact one in the L1 distance.
  ///
  /// - Parameters:
  ///   - shares: The tokens.
  ///   - rows: What is kept (``rows``).
  ///   - leastEntry: Large entries that add less than this count as the base row.
  /// - Complexity: O(K·(entries + rank) + A·rank) for K tokens, by all threads.
  func project(_ shares: TokenShares, of rows: FactoredRows, leastEntry: Float) -> (relative: [Float], error: Double) {
    project(sum(shares, of: rows, leastEntry: leastEntry))
  }

  /// What some tokens say together: their large entries, added up, and how much of each shared row they have.
  ///
  /// - Complexity: O(K·(entries + rank)) for K tokens, by ``threads(adding:)``.
  func sum(_ shares: TokenShares, of rows: FactoredRows, leastEntry: Float) -> TokenSum {
    let parts = Self.threads(adding: shares.tokens.count)
    var sums = (0..<parts).map { _ in TokenSum(layout) }
    sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      KernelThreads.split(shares.tokens.count, into: parts) { part, range in
        sums[part].error = sums[part].relative.withUnsafeMutableBufferPointer { relative in
          sums[part].factors.withUnsafeMutableBufferPointer { factors in
            rows.add(
              shares.tokens, weights: shares.probabilities, in: range, least: leastEntry, to: relative,
              factors: factors)
          }
        }
      }
    }
    var sum = sums[0]
    for part in sums.dropFirst() {
      sum.relative.add(part.relative)
      for row in sum.factors.indices { sum.factors[row] += part.factors[row] }
      sum.error += part.error
    }
    return sum
  }

  /// r = p·R̂ of what tokens say together: their shares of the shared rows are added to their entries.
  ///
  /// - Complexity: O(A·rank), by all threads.
  func project(_ sum: consuming TokenSum) -> (relative: [Float], error: Double) {
    // There is always a little of the base row, so that no anchor is out of reach.
    sum.factors[0] = max(sum.factors[0], Self.leastBase)
    sum.relative.withUnsafeMutableBufferPointer { relative in
      withExtendedLifetime(region) {
        RowMixture(smooth: sharedRows.map(\.start), length: layout.anchors).add(
          sum.factors.map(Float.init), to: relative)
      }
    }
    return (sum.relative, sum.error)
  }

  /// How many threads ``sum(_:of:leastEntry:)`` takes for some tokens.
  static func threads(adding tokens: Int) -> Int { KernelThreads.parts(of: tokens, least: grain) }

  /// How many tokens, or anchors, one thread takes at least.
  private static let grain = 4096
  private static let leastBase = 1e-6

  /// What some tokens say together.
  struct TokenSum: Sendable {
    /// What their large entries say, `[A]`.
    var relative: [Float]
    /// How much of each shared row they have.
    var factors: [Double]
    var error = 0.0

    fileprivate init(_ layout: FactoredLayout) {
      relative = Array(repeating: 0, count: layout.anchors)
      factors = Array(repeating: 0, count: layout.sharedRows)
    }
  }
}
