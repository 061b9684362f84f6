import AlignmentKernels
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
  let reader: EmbeddingRows
  let vocabularyCount: Int
  let anchorIDs: [TokenID]
  let options: CosineAlignment.Options
  private(set) var diagnostics = CosineAlignment.Diagnostics()

  init(
    embeddings: any EmbeddingTable, vocabularyCount: Int, anchorIDs: [TokenID], options: CosineAlignment.Options
  ) {
    reader = EmbeddingRows(embeddings)
    self.vocabularyCount = vocabularyCount
    self.anchorIDs = anchorIDs
    self.options = options
  }

  mutating func build(progress: ((Double) -> Void)?) throws -> Matrix {
    let anchorCount = anchorIDs.count
    let anchors = try reader.directions(of: anchorIDs)
    diagnostics.anchorsWithoutDirection = anchors.withoutDirection
    let rows = CosineRows(anchors: anchors.rows, options: options)
    let blockRows = CosineRows.blockRows(anchors: anchorCount, dimension: reader.table.dimension)
    var counts = EmbeddingRows.Counts()
    let elements = try [Float](unsafeUninitializedCapacity: vocabularyCount * anchorCount) { matrix, initialized in
      for start in stride(from: 0, to: vocabularyCount, by: blockRows) {
        try Task.checkCancellation()
        let range = start..<min(start + blockRows, vocabularyCount)
        let block = UnsafeMutableBufferPointer(rebasing: matrix[start * anchorCount..<range.upperBound * anchorCount])
        rows.fill(StoredArray(borrowing: block), directions: try reader.directions(in: range, counting: &counts))
        initialized = range.upperBound * anchorCount
        progress?(Double(range.upperBound) / Double(vocabularyCount))
      }
    }
    (diagnostics.zeroRows, diagnostics.nonFiniteRows) = (counts.zero, counts.notFinite)
    return Matrix(rows: vocabularyCount, columns: anchorCount, known: elements)
  }
}
