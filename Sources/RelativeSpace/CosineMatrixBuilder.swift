internal import Dispatch
import LinearAlgebra
import ModelBackends

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The memory of the machine, in bytes.
var physicalMemory: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }

/// Builds the matrix R̂ of ``CosineAlignment``.
struct CosineMatrixBuilder {
  let embeddings: any EmbeddingTable
  let vocabularyCount: Int
  let anchorIDs: [TokenID]
  let options: CosineAlignment.Options
  private(set) var diagnostics = CosineAlignment.Diagnostics()

  init(
    embeddings: any EmbeddingTable, vocabularyCount: Int, anchorIDs: [TokenID], options: CosineAlignment.Options
  ) {
    self.embeddings = embeddings
    self.vocabularyCount = vocabularyCount
    self.anchorIDs = anchorIDs
    self.options = options
  }

  /// About how many elements of embeddings or of the matrix one block has.
  private static let blockElements = 1 << 22

  mutating func build(progress: ((Double) -> Void)?) throws -> Matrix {
    let anchors = try anchorRows()
    let anchorCount = anchorIDs.count
    let widest = max(anchorCount, embeddings.dimension)
    let blockRows = min(max(1, Self.blockElements / widest), 4096)
    let elements = try [Float](unsafeUninitializedCapacity: vocabularyCount * anchorCount) { matrix, initialized in
      for start in stride(from: 0, to: vocabularyCount, by: blockRows) {
        try Task.checkCancellation()
        let range = start..<min(start + blockRows, vocabularyCount)
        let block = UnsafeMutableBufferPointer(rebasing: matrix[start * anchorCount..<range.upperBound * anchorCount])
        block.initialize(repeating: 0)
        initialized = range.upperBound * anchorCount
        try fill(block, rows: range, anchors: anchors)
        progress?(Double(range.upperBound) / Double(vocabularyCount))
      }
    }
    return Matrix(rows: vocabularyCount, columns: anchorCount, elements: elements)
  }

  /// One block of rows of R̂.
  private mutating func fill(
    _ block: UnsafeMutableBufferPointer<Float>, rows range: Range<Int>, anchors: Matrix
  ) throws {
    var rows = try read(range)
    rows.elements.withUnsafeMutableBufferPointer { elements in
      for row in 0..<range.count {
        switch normalize(slice(elements, row: row, length: embeddings.dimension)) {
        case .one: break
        case .zero: diagnostics.zeroRows += 1
        case .notFinite: diagnostics.nonFiniteRows += 1
        }
      }
    }
    BLAS.multiplyTransposed(rows, anchors, into: block)
    let (temperature, normalisesRows) = (options.temperature, options.normalisesRows)
    let anchorCount = anchors.rows
    // Rows are independent of each other, and each is written by one iteration alone.
    nonisolated(unsafe) let unsafeBlock = block
    DispatchQueue.concurrentPerform(iterations: range.count) { row in
      let cosines = slice(unsafeBlock, row: row, length: anchorCount)
      if normalisesRows { _ = normalize(cosines) }
      applySoftmax(cosines, scale: temperature)
    }
  }

  /// The anchors' embeddings, each of the length one, `[A × d]`.
  private mutating func anchorRows() throws -> Matrix {
    let dimension = embeddings.dimension
    var anchors = Matrix(rows: anchorIDs.count, columns: dimension)
    // Neighbouring rows are read together, and every row is read only once.
    let order = anchorIDs.indices.sorted { anchorIDs[$0] < anchorIDs[$1] }
    let span = min(max(1, Self.blockElements / dimension), 256)
    var next = 0
    while next < order.count {
      try Task.checkCancellation()
      let first = anchorIDs[order[next]]
      let end = order[next...].firstIndex { anchorIDs[$0] >= first + span } ?? order.count
      let rows = try read(first..<anchorIDs[order[end - 1]] + 1)
      for place in order[next..<end] {
        anchors.elements.replaceSubrange(
          place * dimension..<(place + 1) * dimension, with: rows.row(anchorIDs[place] - first))
      }
      next = end
    }
    anchors.elements.withUnsafeMutableBufferPointer { elements in
      for row in anchorIDs.indices where normalize(slice(elements, row: row, length: dimension)) != .one {
        diagnostics.anchorsWithoutDirection += 1
      }
    }
    return anchors
  }

  /// A block of embeddings, of the promised shape.
  private func read(_ range: Range<Int>) throws -> Matrix {
    let rows = try embeddings.rows(range)
    guard rows.rows == range.count, rows.columns == embeddings.dimension else {
      throw RelativeSpaceError(
        .sizeMismatch,
        "The embedding table gave \(rows.rows) × \(rows.columns) elements for rows \(range) of \(embeddings.dimension)",
        remedy: "Correct the table's rows(_:)."
      )
    }
    return rows
  }
}

/// One row of a row-major block.
private func slice(
  _ elements: UnsafeMutableBufferPointer<Float>, row: Int, length: Int
) -> UnsafeMutableBufferPointer<Float> {
  UnsafeMutableBufferPointer(rebasing: elements[row * length..<(row + 1) * length])
}
