internal import Dispatch
import LinearAlgebra

/// Rows of R̂: cosines with the anchors, made distributions.
struct CosineRows {
  /// The anchors' directions, `[A × d]`.
  let anchors: Matrix
  let options: CosineAlignment.Options

  /// How many rows are made at a time: so many that a product of matrices runs at its full speed, and so few that the rest of the
  /// work finds them in memory that is near, and that a cancelled task ends soon.
  static func blockRows(anchors: Int, dimension: Int) -> Int {
    max(1, min((1 << 25) / max(anchors, dimension), 1024))
  }

  /// R̂ of some tokens' directions, `[rows × A]`, written to memory.
  ///
  /// - Complexity: O(rows·A·d).
  func fill(_ block: UnsafeMutableBufferPointer<Float>, directions: Matrix) {
    BLAS.multiplyTransposed(directions, anchors, into: block)
    let (options, anchorCount) = (options, anchors.rows)
    // Rows are independent of each other, and each is written by one iteration alone.
    nonisolated(unsafe) let block = block
    DispatchQueue.concurrentPerform(iterations: directions.rows) { row in
      Self.makeDistribution(slice(block, row: row, length: anchorCount), options: options)
    }
  }

  /// Turns a row of cosines into one of R̂, in place.
  static func makeDistribution(_ cosines: UnsafeMutableBufferPointer<Float>, options: CosineAlignment.Options) {
    if options.normalisesRows { _ = normalize(cosines) }
    applySoftmax(cosines, scale: options.temperature)
  }
}
