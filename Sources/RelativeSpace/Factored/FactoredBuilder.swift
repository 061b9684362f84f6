import AlignmentKernels
internal import Dispatch
import LinearAlgebra
import ModelBackends

/// Builds the tables of a ``FactoredCosineAlignment`` in two passes over tokens: a sample, from which the shared rows
/// are computed, and then all of them, block by block.
struct FactoredBuilder {
  let reader: EmbeddingRows
  let vocabularyCount: Int
  let anchorIDs: [TokenID]
  let options: FactoredCosineAlignment.Options

  /// The result.
  struct Outcome {
    var layout: FactoredLayout
    var region: MemoryRegion
    var diagnostics: CosineAlignment.Diagnostics
    /// The errors of rows computed from quantised directions.
    var computedRowErrors: ComputedRowErrors
  }

  /// The version; increased with every change of the values computed from the same embeddings and options, or of their
  /// layout, so that alignments cached before are not read again (``AlignmentCache``).
  static let version = 3

  /// The maximum number of elements of R̂ in the sample.
  private static let sampleElements = 1 << 26
  /// The maximum number of rows in the sample; more would not change the leading deviations.
  private static let sampleRows = 768

  /// Builds the tables.
  ///
  /// - Parameters:
  ///   - makeRegion: Allocates memory for a layout.
  ///   - progress: Called with the fraction done.
  func build(
    in makeRegion: (FactoredLayout) throws -> MemoryRegion, progress: ((Double) -> Void)?
  ) throws -> Outcome {
    var diagnostics = CosineAlignment.Diagnostics()
    let anchors = try reader.directions(of: anchorIDs)
    diagnostics.anchorsWithoutDirection = anchors.withoutDirection
    let rows = CosineRows(anchors: anchors.rows, options: options.cosine)
    let entries = min(options.entries, anchorIDs.count)
    let (shared, sample) = try findSharedRows(rows, entries: entries)
    progress?(Self.sampleShare)

    var layout = options.layout(
      tokens: vocabularyCount, anchors: anchorIDs.count, dimension: reader.table.dimension,
      sharedRows: shared.deviations.rows + 1)
    let region = try makeRegion(layout)
    let tables = FactoredTables(layout: layout, region: region)
    tables.shared.write(shared.all.elements)
    quantiseDirections(anchors.rows, in: tables)
    let (counts, quantisedRows) = try fill(tables, rows: rows, shared: shared, progress: progress)
    layout.quantisedRows = quantisedRows
    (diagnostics.zeroRows, diagnostics.nonFiniteRows) = (counts.zero, counts.notFinite)
    let errors = try computedRowErrors(tables, rows: rows, tokens: sample)
    return Outcome(layout: layout, region: region, diagnostics: diagnostics, computedRowErrors: errors)
  }

  private func quantiseDirections(_ anchors: Matrix, in tables: FactoredTables) {
    Workers.all.split(anchors.rows, least: 256) { _, range in
      for anchor in range {
        var direction = Array(anchors.row(anchor))
        var span = direction.mutableSpan
        QuantisedRows.rotate(&span)
        tables.directions.quantise(direction.span, as: anchor)
      }
    }
  }

  /// The sample's approximate share of the whole work.
  private static let sampleShare = 0.02

  /// A representative sample of tokens, with more of the lowest identifiers, which tokenizers give to frequent pieces.
  private func sampleTokens() -> [TokenID] {
    let count = max(1, min(Self.sampleRows, vocabularyCount, Self.sampleElements / max(1, anchorIDs.count)))
    let tokens = (0..<count).map { index in
      let share = (Double(index) + 0.5) / Double(count)
      return Int(share * share.squareRoot() * Double(vocabularyCount))
    }
    return Array(Set(tokens)).sorted()
  }

  private func findSharedRows(_ rows: CosineRows, entries: Int) throws -> (SharedRows, sample: [TokenID]) {
    let tokens = sampleTokens()
    let directions = try reader.directions(of: tokens).rows
    try Task.checkCancellation()
    let anchorCount = anchorIDs.count
    let sample = Matrix(
      rows: tokens.count, columns: anchorCount,
      known: Array(unsafeUninitializedCapacity: tokens.count * anchorCount) { elements, initialized in
        let block = StoredArray(borrowing: elements)
        rows.fill(block, directions: directions)
        DispatchQueue.concurrentPerform(iterations: tokens.count) { index in
          _ = takeEntries(
            of: block.row(index, length: anchorCount), anchors: StoredArray(zeros: entries),
            values: StoredArray(zeros: entries))
        }
        initialized = tokens.count * anchorCount
      })
    try Task.checkCancellation()
    return (SharedRows(sample: sample, rank: options.rank), tokens)
  }

  /// Processes all tokens, block by block. Also returns the number of tokens with a quantised row.
  private func fill(
    _ tables: FactoredTables, rows: CosineRows, shared: SharedRows, progress: ((Double) -> Void)?
  ) throws -> (EmbeddingRows.Counts, quantisedRows: Int) {
    let layout = tables.layout
    let all = shared.all
    let baseProducts = BLAS.multiply(shared.deviations, shared.base)
    var counts = EmbeddingRows.Counts()
    var quantisedRows = 0
    let blockRows = CosineRows.blockRows(anchors: layout.anchors, dimension: layout.dimension)
    let block = StoredArray<Float>(uninitialised: min(blockRows, layout.tokens) * layout.anchors)
    for start in stride(from: 0, to: layout.tokens, by: blockRows) {
      try Task.checkCancellation()
      let range = start..<min(start + blockRows, layout.tokens)
      let part = block[0..<range.count * layout.anchors]
      rows.fill(part, directions: try reader.directions(in: range, counting: &counts))
      store(
        part, range, in: tables, shared: shared, all: all, baseProducts: baseProducts, quantisedRows: &quantisedRows)
      progress?(Self.sampleShare + (1 - Self.sampleShare) * Double(range.upperBound) / Double(layout.tokens))
    }
    return (counts, quantisedRows)
  }

  /// Factors a block of rows of R̂: large entries, coefficients of the shared rows, and the error of both.
  private func store(
    _ block: StoredArray<Float>, _ range: Range<Int>, in tables: FactoredTables, shared: SharedRows, all: Matrix,
    baseProducts: [Float], quantisedRows: inout Int
  ) {
    let layout = tables.layout
    let masses = StoredArray<Float>(zeros: range.count)
    DispatchQueue.concurrentPerform(iterations: range.count) { index in
      masses[index] = takeEntries(
        of: block.row(index, length: layout.anchors), anchors: tables.entryAnchors(of: range.lowerBound + index),
        values: tables.entryValues(of: range.lowerBound + index))
    }
    let records = quantisedRows < layout.quantisedRows ? quantised(block, masses, layout) : nil
    if shared.deviations.rows == 0 {
      storeShares(of: block, masses, range, in: tables, base: shared.base)
    } else {
      storeShares(of: block, masses, range, in: tables, shared: shared, all: all, baseProducts: baseProducts)
    }
    keepRows(range, masses, records, in: tables, quantisedRows: &quantisedRows)
  }

  /// The coefficients of the base row, and the error, where there are no deviations.
  private func storeShares(
    of block: StoredArray<Float>, _ masses: StoredArray<Float>, _ range: Range<Int>, in tables: FactoredTables,
    base: [Float]
  ) {
    tables.coefficients[range].write(masses.elements)
    DispatchQueue.concurrentPerform(iterations: range.count) { index in
      tables.rowErrors[range.lowerBound + index] = block.row(index, length: base.count).withSpan { row in
        Float(distance(of: row, from: masses[index], times: base.span))
      }
    }
  }

  /// The coefficients of the shared rows, and the error.
  private func storeShares(
    of block: StoredArray<Float>, _ masses: StoredArray<Float>, _ range: Range<Int>, in tables: FactoredTables,
    shared: SharedRows, all: Matrix, baseProducts: [Float]
  ) {
    let layout = tables.layout
    let deviations = block.withBuffer {
      BLAS.multiplyTransposed(UnsafeBufferPointer($0), rows: range.count, shared.deviations)
    }
    var coefficients = Matrix(rows: range.count, columns: layout.sharedRows)
    for index in 0..<range.count {
      coefficients[index, 0] = masses[index]
      for deviation in 0..<deviations.columns {
        coefficients[index, deviation + 1] = deviations[index, deviation] - masses[index] * baseProducts[deviation]
      }
    }
    let first = range.lowerBound * layout.sharedRows
    tables.coefficients[first..<first + coefficients.elements.count].write(coefficients.elements)
    block.withBuffer { BLAS.add(-1, times: coefficients, all, to: $0) }
    DispatchQueue.concurrentPerform(iterations: range.count) { index in
      tables.rowErrors[range.lowerBound + index] = Float(
        block.row(index, length: layout.anchors).withSpan { absoluteSum($0) })
    }
  }

  /// Keeps the quantised rows of a block whose errors are significant, as far as there is room.
  private func keepRows(
    _ range: Range<Int>, _ masses: StoredArray<Float>, _ records: StoredArray<UInt8>?, in tables: FactoredTables,
    quantisedRows: inout Int
  ) {
    let size = tables.layout.quantisedRowSize
    for (index, token) in range.enumerated() {
      tables.quantisedRowIndices[token] = -1
      guard let records, quantisedRows < tables.layout.quantisedRows, masses[index] > Self.leastQuantisedError / 2,
        tables.rowErrors[token] > Self.leastQuantisedError
      else { continue }
      tables.quantisedRowIndices[token] = Int32(quantisedRows)
      tables.quantisedRowRecord(quantisedRows).write(records.row(index, length: size).elements)
      quantisedRows += 1
    }
  }

  /// The least error of a row that is kept quantised: below it, quantisation would add about as much error.
  private static let leastQuantisedError: Float = 0.02

  /// The quantised rows of a block, except those with almost nothing beside their large entries.
  private func quantised(
    _ block: StoredArray<Float>, _ masses: StoredArray<Float>, _ layout: FactoredLayout
  ) -> StoredArray<UInt8> {
    let records = StoredArray<UInt8>(uninitialised: masses.count * layout.quantisedRowSize)
    DispatchQueue.concurrentPerform(iterations: masses.count) { index in
      guard masses[index] > Self.leastQuantisedError / 2 else { return }
      QuantisedRow.write(
        block.row(index, length: layout.anchors), to: records.row(index, length: layout.quantisedRowSize))
    }
    return records
  }

  /// Moves the largest entries out of a row; returns the sum of the rest.
  private func takeEntries(
    of row: StoredArray<Float>, anchors: StoredArray<Int32>, values: StoredArray<Float>
  ) -> Float {
    row.withSpan { row in
      anchors.withMutableSpan { anchors in
        values.withMutableSpan { largest(of: row, indices: &anchors, values: &$0) }
      }
    }
    for entry in 0..<anchors.count { row[Int(anchors[entry])] = 0 }
    return Float(row.withSpan { absoluteSum($0) })
  }

  /// The errors of rows that are computed from quantised directions.
  private func computedRowErrors(
    _ tables: FactoredTables, rows: CosineRows, tokens: [TokenID]
  ) throws -> ComputedRowErrors {
    let probes = tokens.enumerated().filter { $0.offset.isMultiple(of: max(1, tokens.count / 16)) }.map(\.element)
    var directions = try reader.directions(of: probes).rows
    let anchorCount = anchorIDs.count
    let exact = StoredArray<Float>(uninitialised: probes.count * anchorCount)
    rows.fill(exact, directions: directions)
    for (index, probe) in probes.enumerated() {
      for anchor in tables.entryAnchors(of: probe).elements { exact[index * anchorCount + Int(anchor)] = 0 }
      directions.withMutableRow(index) { QuantisedRows.rotate(&$0) }
    }
    let masses = probes.reduce(0.0) { $0 + Double(tables.coefficients[$1 * tables.layout.sharedRows]) }
    func error(_ grade: ComputedRowGrade) -> Float {
      let computed = tables.computeRows(
        of: probes, grades: probes.map { _ in grade }, directions: directions, options: options.cosine, workers: .all)
      let sum = tables.dequantise(computed, workers: .all).enumerated().reduce(0.0) { sum, row in
        (0..<anchorCount).reduce(sum) { sum, anchor in
          let found = Float(bitPattern: UInt32(row.element[anchor]) << 16)
          return sum + abs(Double(exact[row.offset * anchorCount + anchor]) - Double(found))
        }
      }
      return masses > 0 ? Float(sum / masses) : 0
    }
    return ComputedRowErrors(coarse: error(.coarse), middle: error(.middle), fine: error(.fine))
  }
}
