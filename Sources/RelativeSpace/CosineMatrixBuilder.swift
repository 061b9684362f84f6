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

  mutating func build(progress: ((Double) -> Void)?) throws -> Matrix {
    let table = EmbeddingRows(embeddings)
    let (anchors, withoutDirection) = try table.directions(of: anchorIDs)
    diagnostics.anchorsWithoutDirection = withoutDirection
    let anchorCount = anchorIDs.count
    let widest = max(anchorCount, embeddings.dimension)
    let blockRows = min(max(1, EmbeddingRows.blockElements / widest), 4096)
    let elements = try [Float](unsafeUninitializedCapacity: vocabularyCount * anchorCount) { matrix, initialized in
      for start in stride(from: 0, to: vocabularyCount, by: blockRows) {
        try Task.checkCancellation()
        let range = start..<min(start + blockRows, vocabularyCount)
        let block = UnsafeMutableBufferPointer(rebasing: matrix[start * anchorCount..<range.upperBound * anchorCount])
        block.initialize(repeating: 0)
        initialized = range.upperBound * anchorCount
        try fill(block, rows: range, of: table, anchors: anchors)
        progress?(Double(range.upperBound) / Double(vocabularyCount))
      }
    }
    return Matrix(rows: vocabularyCount, columns: anchorCount, elements: elements)
  }

  /// One block of rows of R̂.
  private mutating func fill(
    _ block: UnsafeMutableBufferPointer<Float>, rows range: Range<Int>, of table: EmbeddingRows, anchors: Matrix
  ) throws {
    var rows = try table.block(range)
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
}
