internal import Dispatch
import LinearAlgebra
import ModelBackends

/// Builds what a ``FactoredCosineAlignment`` holds, in two passes over tokens: a sample, from which the shared rows come, and
/// then all of them, block by block.
struct FactoredBuilder {
  let reader: EmbeddingRows
  let vocabularyCount: Int
  let anchorIDs: [TokenID]
  let options: FactoredCosineAlignment.Options

  /// What was built.
  struct Outcome {
    var layout: FactoredLayout
    var region: MemoryRegion
    var diagnostics: CosineAlignment.Diagnostics
    /// How far rows made of coded directions are from exact ones.
    var madeRowErrors: MadeRowErrors
  }

  /// Raised with every change of what is built from the same embeddings and options, or of how it lies in memory: alignments that
  /// were kept before are not read again (``AlignmentCache``).
  static let version = 3

  /// How many elements of R̂ the sample has at most.
  private static let sampleElements = 1 << 26
  /// How many rows the sample has at most; more would not change the first deviations.
  private static let sampleRows = 768

  /// Builds.
  ///
  /// - Parameters:
  ///   - makeRegion: Gives memory for a layout.
  ///   - progress: Told what share is done.
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
    _ = tables.shared.update(fromContentsOf: shared.all.elements)
    codeDirections(anchors.rows, in: tables)
    let (counts, codedRows) = try fill(tables, rows: rows, shared: shared, progress: progress)
    layout.codedRows = codedRows
    (diagnostics.zeroRows, diagnostics.nonFiniteRows) = (counts.zero, counts.notFinite)
    let made = try madeRowErrors(tables, rows: rows, tokens: sample)
    return Outcome(layout: layout, region: region, diagnostics: diagnostics, madeRowErrors: made)
  }

  private func codeDirections(_ anchors: Matrix, in tables: FactoredTables) {
    let dimension = anchors.columns
    KernelThreads.split(anchors.rows, least: 256) { _, range in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension) { direction in
        for anchor in range {
          _ = direction.update(fromContentsOf: anchors.row(anchor))
          CodedRows.rotate(direction)
          tables.directions.code(UnsafeBufferPointer(direction), as: anchor)
        }
      }
    }
  }

  /// About what share of the whole work the sample is.
  private static let sampleShare = 0.02

  /// Tokens that stand for all, more of them among the lowest identifiers, which tokenizers give to frequent pieces.
  private func sampleTokens() -> [TokenID] {
    let count = max(1, min(Self.sampleRows, vocabularyCount, Self.sampleElements / max(1, anchorIDs.count)))
    let tokens = (0..<count).map { place in
      let share = (Double(place) + 0.5) / Double(count)
      return Int(share * share.squareRoot() * Double(vocabularyCount))
    }
    return Array(Set(tokens)).sorted()
  }

  private func findSharedRows(_ rows: CosineRows, entries: Int) throws -> (SharedRows, sample: [TokenID]) {
    let tokens = sampleTokens()
    var sample = Matrix(rows: tokens.count, columns: anchorIDs.count)
    let directions = try reader.directions(of: tokens).rows
    try Task.checkCancellation()
    sample.elements.withUnsafeMutableBufferPointer { elements in
      rows.fill(elements, directions: directions)
      nonisolated(unsafe) let elements = elements
      let anchorCount = anchorIDs.count
      DispatchQueue.concurrentPerform(iterations: tokens.count) { place in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, entries)) { places in
          withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, entries)) { values in
            _ = takeEntries(
              of: slice(elements, row: place, length: anchorCount),
              places: UnsafeMutableBufferPointer(rebasing: places[..<entries]),
              values: UnsafeMutableBufferPointer(rebasing: values[..<entries]))
          }
        }
      }
    }
    try Task.checkCancellation()
    return (SharedRows(sample: sample, rank: options.rank), tokens)
  }

  /// All tokens, block by block. Returns also how many of them have a coded row.
  private func fill(
    _ tables: FactoredTables, rows: CosineRows, shared: SharedRows, progress: ((Double) -> Void)?
  ) throws -> (EmbeddingRows.Counts, codedRows: Int) {
    let layout = tables.layout
    let all = shared.all
    let baseProducts = BLAS.multiply(shared.deviations, shared.base)
    var counts = EmbeddingRows.Counts()
    var codedRows = 0
    let blockRows = CosineRows.blockRows(anchors: layout.anchors, dimension: layout.dimension)
    let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: min(blockRows, layout.tokens) * layout.anchors)
    defer { block.deallocate() }
    for start in stride(from: 0, to: layout.tokens, by: blockRows) {
      try Task.checkCancellation()
      let range = start..<min(start + blockRows, layout.tokens)
      let part = UnsafeMutableBufferPointer(rebasing: block[..<(range.count * layout.anchors)])
      rows.fill(part, directions: try reader.directions(in: range, counting: &counts))
      store(part, range, in: tables, shared: shared, all: all, baseProducts: baseProducts, codedRows: &codedRows)
      progress?(Self.sampleShare + (1 - Self.sampleShare) * Double(range.upperBound) / Double(layout.tokens))
    }
    return (counts, codedRows)
  }

  /// Takes a block of rows of R̂ apart: large entries, coefficients of the shared rows, and what is left over.
  private func store(
    _ block: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>, in tables: FactoredTables, shared: SharedRows,
    all: Matrix, baseProducts: [Float], codedRows: inout Int
  ) {
    let layout = tables.layout
    nonisolated(unsafe) let unsafeBlock = block
    var masses = [Float](repeating: 0, count: range.count)
    masses.withUnsafeMutableBufferPointer { masses in
      nonisolated(unsafe) let masses = masses
      DispatchQueue.concurrentPerform(iterations: range.count) { place in
        masses[place] = takeEntries(
          of: slice(unsafeBlock, row: place, length: layout.anchors),
          places: tables.entryAnchors(of: range.lowerBound + place),
          values: tables.entryValues(of: range.lowerBound + place))
      }
    }
    let records = codedRows < layout.codedRows ? coded(block, masses, layout) : nil
    defer { records?.deallocate() }
    if shared.deviations.rows == 0 {
      storeShares(of: block, masses, range, in: tables, base: shared.base)
    } else {
      storeShares(of: block, masses, range, in: tables, shared: shared, all: all, baseProducts: baseProducts)
    }
    keepRows(range, masses, records, in: tables, codedRows: &codedRows)
  }

  /// How much of the base row tokens have, and what is left over, where there are no deviations.
  private func storeShares(
    of block: UnsafeMutableBufferPointer<Float>, _ masses: [Float], _ range: Range<Int>, in tables: FactoredTables,
    base: [Float]
  ) {
    nonisolated(unsafe) let unsafeBlock = block
    _ = UnsafeMutableBufferPointer(rebasing: tables.coefficients[range]).update(fromContentsOf: masses)
    DispatchQueue.concurrentPerform(iterations: range.count) { place in
      base.withUnsafeBufferPointer { base in
        let row = UnsafeBufferPointer(slice(unsafeBlock, row: place, length: base.count))
        tables.rowErrors[range.lowerBound + place] = Float(distance(of: row, from: masses[place], times: base))
      }
    }
  }

  /// How much of each shared row tokens have, and what is left over.
  private func storeShares(
    of block: UnsafeMutableBufferPointer<Float>, _ masses: [Float], _ range: Range<Int>, in tables: FactoredTables,
    shared: SharedRows, all: Matrix, baseProducts: [Float]
  ) {
    let layout = tables.layout
    nonisolated(unsafe) let unsafeBlock = block
    let deviations = BLAS.multiplyTransposed(UnsafeBufferPointer(block), rows: range.count, shared.deviations)
    var coefficients = Matrix(rows: range.count, columns: layout.sharedRows)
    for place in 0..<range.count {
      coefficients[place, 0] = masses[place]
      for deviation in 0..<deviations.columns {
        coefficients[place, deviation + 1] = deviations[place, deviation] - masses[place] * baseProducts[deviation]
      }
    }
    let first = range.lowerBound * layout.sharedRows
    _ = UnsafeMutableBufferPointer(rebasing: tables.coefficients[first..<first + coefficients.elements.count])
      .update(fromContentsOf: coefficients.elements)
    BLAS.add(-1, times: coefficients, all, to: block)
    DispatchQueue.concurrentPerform(iterations: range.count) { place in
      tables.rowErrors[range.lowerBound + place] = Float(
        absoluteSum(UnsafeBufferPointer(slice(unsafeBlock, row: place, length: layout.anchors))))
    }
  }

  /// Keeps the coded rows of a block whose errors matter, as far as there is room.
  private func keepRows(
    _ range: Range<Int>, _ masses: [Float], _ records: UnsafeMutableRawPointer?, in tables: FactoredTables,
    codedRows: inout Int
  ) {
    let size = tables.layout.codedRowSize
    for (place, token) in range.enumerated() {
      tables.codedRowPlaces[token] = -1
      guard let records, codedRows < tables.layout.codedRows, masses[place] > Self.leastCodedError / 2,
        tables.rowErrors[token] > Self.leastCodedError
      else { continue }
      tables.codedRowPlaces[token] = Int32(codedRows)
      tables.codedRowRecord(codedRows).copyMemory(from: UnsafeRawPointer(records) + place * size, byteCount: size)
      codedRows += 1
    }
  }

  /// A row with a smaller error needs no codes, which are off by about as much.
  private static let leastCodedError: Float = 0.02

  /// The codes of a block of rows, but for those of which the large entries leave next to nothing.
  private func coded(
    _ block: UnsafeMutableBufferPointer<Float>, _ masses: [Float], _ layout: FactoredLayout
  ) -> UnsafeMutableRawPointer {
    let records = UnsafeMutableRawPointer.allocate(byteCount: masses.count * layout.codedRowSize, alignment: 64)
    nonisolated(unsafe) let (unsafeBlock, unsafeRecords) = (block, records)
    DispatchQueue.concurrentPerform(iterations: masses.count) { place in
      guard masses[place] > Self.leastCodedError / 2 else { return }
      CodedRow.write(
        UnsafeBufferPointer(slice(unsafeBlock, row: place, length: layout.anchors)),
        to: unsafeRecords + place * layout.codedRowSize)
    }
    return records
  }

  /// Takes the largest entries out of a row; returns the sum of what remains.
  private func takeEntries(
    of row: UnsafeMutableBufferPointer<Float>, places: UnsafeMutableBufferPointer<Int32>,
    values: UnsafeMutableBufferPointer<Float>
  ) -> Float {
    largest(of: UnsafeBufferPointer(row), places: places, values: values)
    for place in places { row[Int(place)] = 0 }
    return Float(absoluteSum(UnsafeBufferPointer(row)))
  }

  /// How far rows that are made of codes are from the exact ones.
  private func madeRowErrors(_ tables: FactoredTables, rows: CosineRows, tokens: [TokenID]) throws -> MadeRowErrors {
    let probes = tokens.enumerated().filter { $0.offset.isMultiple(of: max(1, tokens.count / 16)) }.map(\.element)
    var directions = try reader.directions(of: probes).rows
    var exact = Matrix(rows: probes.count, columns: anchorIDs.count)
    exact.elements.withUnsafeMutableBufferPointer { rows.fill($0, directions: directions) }
    for (place, probe) in probes.enumerated() {
      for anchor in tables.entryAnchors(of: probe) { exact[place, Int(anchor)] = 0 }
    }
    directions.elements.withUnsafeMutableBufferPointer { elements in
      for place in probes.indices { CodedRows.rotate(slice(elements, row: place, length: tables.layout.dimension)) }
    }
    let masses = probes.reduce(0.0) { $0 + Double(tables.coefficients[$1 * tables.layout.sharedRows]) }
    func error(_ grade: MadeRowGrade) -> Float {
      let made = tables.makeRows(
        of: probes, grades: probes.map { _ in grade }, directions: directions, options: options.cosine)
      let sum = tables.decode(made).enumerated().reduce(0.0) { sum, row in
        zip(exact.row(row.offset), UnsafeBufferPointer(start: row.element.start, count: anchorIDs.count))
          .reduce(sum) { $0 + abs(Double($1.0) - Double(Float(bitPattern: UInt32($1.1) << 16))) }
      }
      return masses > 0 ? Float(sum / masses) : 0
    }
    return MadeRowErrors(coarse: error(.coarse), middle: error(.middle), fine: error(.fine))
  }
}
