public import DeePEn
import Dispatch

/// Some rows of the published matrix R̂, computed exactly from the embeddings without the others.
///
/// The anchors go by in blocks, so that beside the result only a block of them is in memory.
public enum ExactRows {
  private static let anchorsPerBlock = 1024

  /// The rows of R̂ of some tokens, `[tokens × A]`, with the published settings.
  ///
  /// - Complexity: O(tokens · A · d).
  public static func rows(
    of tokens: [Int], embeddings: any EmbeddingTable, anchorIDs: [Int], temperature: Float = 100
  ) throws -> Matrix {
    let own = try directions(of: tokens, in: embeddings)
    var rows = Matrix(rows: tokens.count, columns: anchorIDs.count)
    for start in stride(from: 0, to: anchorIDs.count, by: anchorsPerBlock) {
      let block = start..<min(start + anchorsPerBlock, anchorIDs.count)
      let cosines = BLAS.multiplyTransposed(own, try directions(of: Array(anchorIDs[block]), in: embeddings))
      for token in tokens.indices {
        let place = token * anchorIDs.count + start
        rows.elements.replaceSubrange(place..<place + block.count, with: cosines.row(token))
      }
    }
    rows.elements.withUnsafeMutableBufferPointer { elements in
      nonisolated(unsafe) let elements = elements
      DispatchQueue.concurrentPerform(iterations: tokens.count) { token in
        let row = UnsafeMutableBufferPointer(
          rebasing: elements[token * anchorIDs.count..<(token + 1) * anchorIDs.count])
        _ = normalize(row)
        applySoftmax(row, scale: temperature)
      }
    }
    return rows
  }

  /// Tokens' embeddings, each brought to the length one, `[tokens × d]`.
  private static func directions(of tokens: [Int], in embeddings: any EmbeddingTable) throws -> Matrix {
    let dimension = embeddings.dimension
    var result = Matrix(rows: tokens.count, columns: dimension)
    // Neighbouring tokens are read together.
    let order = tokens.indices.sorted { tokens[$0] < tokens[$1] }
    var next = 0
    while next < order.count {
      let first = tokens[order[next]]
      let end = order[next...].firstIndex { tokens[$0] >= first + 256 } ?? order.count
      let block = try embeddings.rows(first..<tokens[order[end - 1]] + 1)
      for place in order[next..<end] {
        result.elements.replaceSubrange(
          place * dimension..<(place + 1) * dimension, with: block.row(tokens[place] - first))
      }
      next = end
    }
    result.elements.withUnsafeMutableBufferPointer { elements in
      for row in tokens.indices {
        _ = normalize(UnsafeMutableBufferPointer(rebasing: elements[row * dimension..<(row + 1) * dimension]))
      }
    }
    return result
  }
}
