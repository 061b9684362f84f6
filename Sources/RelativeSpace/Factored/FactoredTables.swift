import LinearAlgebra

/// The parts of a factored alignment as numbers.
struct FactoredTables: @unchecked Sendable {
  let layout: FactoredLayout
  let region: MemoryRegion
  let coefficients: UnsafeMutableBufferPointer<Float>
  let rowErrors: UnsafeMutableBufferPointer<Float>
  let shared: UnsafeMutableBufferPointer<Float>
  let anchorScales: UnsafeMutableBufferPointer<Float>
  let anchorCodes: UnsafeMutableBufferPointer<Int8>
  private let allEntryAnchors: UnsafeMutableBufferPointer<Int32>
  private let allEntryValues: UnsafeMutableBufferPointer<Float>

  init(layout: FactoredLayout, region: MemoryRegion) {
    precondition(region.bytes.count >= layout.byteCount, "The memory is too small for the alignment.")
    self.layout = layout
    self.region = region
    coefficients = region.numbers(layout.coefficients, as: Float.self)
    rowErrors = region.numbers(layout.rowErrors, as: Float.self)
    shared = region.numbers(layout.shared, as: Float.self)
    anchorScales = region.numbers(layout.anchorScales, as: Float.self)
    anchorCodes = region.numbers(layout.anchorCodes, as: Int8.self)
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

  /// The shared rows, which stay in place as long as the memory does.
  var sharedRows: [RowMemory] {
    (0..<layout.sharedRows).map { row in
      guard let start = shared.baseAddress else { preconditionFailure("Shared rows have elements.") }
      return RowMemory(start + row * layout.anchors, in: region)
    }
  }

  /// Rows of R̂, `[A]` each, made of the anchors' coded directions.
  ///
  /// - Complexity: O(A·d) for each row; the codes are read once for four rows.
  func makeRows(directions: Matrix, options: CosineAlignment.Options) -> [RowMemory] {
    let memory = (0..<directions.rows).map { _ in UnsafeMutablePointer<Float>.allocate(capacity: layout.anchors) }
    for row in memory { row.initialize(repeating: 0, count: layout.anchors) }
    CodedRows.products(
      of: UnsafeBufferPointer(anchorCodes), scales: UnsafeBufferPointer(anchorScales), with: directions, into: memory)
    return memory.map { row in
      CosineRows.makeDistribution(UnsafeMutableBufferPointer(start: row, count: layout.anchors), options: options)
      return RowMemory(owning: row)
    }
  }
}
