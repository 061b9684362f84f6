internal import CAlignmentKernels
package import LinearAlgebra

/// Weighted sums of rows.
///
/// The shared rows are a base row and deviations from it. Truncation may make their sum negative, which a probability
/// cannot be: the sum is bounded below by ``least`` times the base row.
package struct RowMixture: Sendable {
  /// The lower bound of the shared rows' sum, as a share of the base row.
  package static let least: Float = 0.05

  /// Rows of single precision beside the shared ones: some rows of a matrix.
  private struct MatrixRows {
    var matrix: Matrix
    var rows: [Int]
  }

  private let shared: [StoredArray<Float>]
  private let plain: MatrixRows?
  private let halves: [StoredArray<UInt16>]
  /// The length of a row.
  package let length: Int

  /// The number of rows.
  package var count: Int { shared.count + (plain?.rows.count ?? 0) + halves.count }

  /// Creates a mixture of rows of `length` elements each: the shared ones first, then those in bfloat16.
  package init(shared: [StoredArray<Float>] = [], halves: [StoredArray<UInt16>] = [], length: Int) {
    precondition(
      shared.allSatisfy { $0.count == length } && halves.allSatisfy { $0.count == length },
      "Rows have \(length) elements.")
    (self.shared, plain, self.halves) = (shared, nil, halves)
    self.length = length
  }

  /// Creates a mixture with some rows of a matrix, after shared ones and before those in bfloat16.
  package init(
    shared: [StoredArray<Float>] = [], rows: [Int], of matrix: Matrix, halves: [StoredArray<UInt16>] = []
  ) {
    precondition(rows.allSatisfy { 0..<matrix.rows ~= $0 }, "A row is not in the matrix.")
    self.shared = shared
    plain = MatrixRows(matrix: matrix, rows: rows)
    self.halves = halves
    length = matrix.columns
  }

  /// q += Σ coefficientₖ·rowₖ.
  ///
  /// - Complexity: O(rows · length).
  package func add(_ coefficients: [Float], to q: inout [Float], workers: Workers) {
    precondition(coefficients.count == count && q.count == length, "Every row has a coefficient.")
    q.withUnsafeMutableBufferPointer { q in
      withMixture { mixture in
        var mixture = mixture
        withUnsafePointer(to: &mixture) { mixture in
          // Each thread has anchors of its own.
          nonisolated(unsafe) let (mixture, q) = (mixture, q)
          workers.split(length, least: TokenRows.grain) { _, range in
            deepen_mix(
              Int64(range.lowerBound), Int64(range.count), mixture, coefficients,
              q.baseAddress.map { $0 + range.lowerBound })
          }
        }
      }
    }
  }

  /// Calls a function with the rows in the kernels' format: unsafe, because C takes tables of pointers.
  func withMixture<Result>(_ body: (deepen_mixture) -> Result) -> Result {
    withExtendedLifetime((shared, halves)) {
      guard let plain else { return withMixture(plain: [], body) }
      return plain.matrix.elements.withUnsafeBufferPointer { elements in
        withMixture(plain: plain.rows.map { row in elements.baseAddress.map { $0 + row * length } }, body)
      }
    }
  }

  private func withMixture<Result>(
    plain: [UnsafePointer<Float>?], _ body: (deepen_mixture) -> Result
  ) -> Result {
    let shared = shared.map { $0.start.map { UnsafePointer($0) } }
    let halves = halves.map { $0.start.map { UnsafePointer($0) } }
    return shared.withUnsafeBufferPointer { shared in
      plain.withUnsafeBufferPointer { plain in
        halves.withUnsafeBufferPointer { halves in
          body(
            deepen_mixture(
              shared_count: Int32(shared.count), plain_count: Int32(plain.count), half_count: Int32(halves.count),
              least: Self.least, shared: shared.baseAddress, plain: plain.baseAddress, halves: halves.baseAddress))
        }
      }
    }
  }
}
