public import DeePEn
import Dispatch
import LinearAlgebra

/// Some rows of the published matrix R̂, computed exactly from the embeddings without the others.
///
/// The anchors are processed in blocks, so that only one block of them is in memory beside the result.
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
        let offset = token * anchorIDs.count + start
        rows.elements.replaceSubrange(offset..<offset + block.count, with: cosines.row(token))
      }
    }
    rows.elements.withUnsafeMutableBufferPointer {
      makeDistributions($0, rows: tokens.count, temperature: temperature)
    }
    return rows
  }

  /// Converts rows of cosines to rows of R̂ in place, `[rows × A]`.
  static func makeDistributions(_ elements: UnsafeMutableBufferPointer<Float>, rows: Int, temperature: Float = 100) {
    guard rows > 0 else { return }
    let length = elements.count / rows
    // Each row is written by one iteration only.
    nonisolated(unsafe) let elements = elements
    DispatchQueue.concurrentPerform(iterations: rows) { row in
      let cosines = UnsafeMutableBufferPointer(rebasing: elements[row * length..<(row + 1) * length])
      let factor = temperature * direction(cosines)
      for index in cosines.indices { cosines[index] *= factor }
      guard let distribution = try? softmax(Array(cosines)) else { preconditionFailure("Cosines are numbers.") }
      _ = cosines.update(fromContentsOf: distribution)
    }
  }

  /// Tokens' normalised embeddings, `[tokens × d]`.
  static func directions(of tokens: [Int], in embeddings: any EmbeddingTable) throws -> Matrix {
    let dimension = embeddings.dimension
    var result = Matrix(rows: tokens.count, columns: dimension)
    // Nearby tokens are read together, with the few between them.
    let order = tokens.indices.sorted { tokens[$0] < tokens[$1] }
    var next = 0
    while next < order.count {
      let first = tokens[order[next]]
      var end = next + 1
      while end < order.count, tokens[order[end]] < min(first + 256, tokens[order[end - 1]] + 8) { end += 1 }
      let block = try embeddings.rows(first..<tokens[order[end - 1]] + 1)
      for index in order[next..<end] {
        result.elements.replaceSubrange(
          index * dimension..<(index + 1) * dimension, with: block.row(tokens[index] - first))
      }
      next = end
    }
    result.elements.withUnsafeMutableBufferPointer { elements in
      for row in tokens.indices {
        let vector = UnsafeMutableBufferPointer(rebasing: elements[row * dimension..<(row + 1) * dimension])
        let factor = direction(vector)
        for index in vector.indices { vector[index] *= factor }
      }
    }
    return result
  }

  /// One divided by the length of some numbers; 0 for zeros.
  private static func direction(_ x: UnsafeMutableBufferPointer<Float>) -> Float {
    let length = x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 0 ? Float(1 / length) : 0
  }
}
