import AlignmentKernels
internal import Dispatch
import LinearAlgebra

/// Rows of R̂: the softmax of cosines with the anchors.
struct CosineRows {
  /// The anchors' directions, `[A × d]`.
  let anchors: Matrix
  let options: CosineAlignment.Options

  /// The number of rows computed at a time: enough for a matrix product to run at full speed, and few enough that the
  /// rest of the work finds them in the cache and that a cancelled task ends soon.
  static func blockRows(anchors: Int, dimension: Int) -> Int {
    max(1, min((1 << 25) / max(anchors, dimension), 1024))
  }

  /// Computes R̂ of some tokens' directions, `[rows × A]`, into memory that need not be initialised.
  ///
  /// - Complexity: O(rows·A·d).
  func fill(_ block: StoredArray<Float>, directions: Matrix) {
    block.withBuffer { BLAS.multiplyTransposed(directions, anchors, into: $0) }
    let (options, anchorCount) = (options, anchors.rows)
    DispatchQueue.concurrentPerform(iterations: directions.rows) { row in
      block.row(row, length: anchorCount).withMutableSpan { Self.applyDistribution(to: &$0, options: options) }
    }
  }

  /// Replaces a row of cosines by the row of R̂.
  static func applyDistribution(to cosines: inout MutableSpan<Float>, options: CosineAlignment.Options) {
    if options.normalisesRows { _ = normalize(&cosines) }
    applySoftmax(&cosines, scale: options.temperature)
  }
}
