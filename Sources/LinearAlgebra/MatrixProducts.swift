internal import CBLASShim

/// Products of a matrix with a vector, limited by memory bandwidth.
///
/// `BLAS.multiply` is the reference. Each of these reads the matrix once, which dominates the time where the matrix is
/// larger than the caches.
package enum MatrixProducts {
  /// The least number of rows per thread: in cache, an element takes about a fifth of a nanosecond.
  private static func leastRows(of matrix: Matrix) -> Int {
    max(1, Workers.leastElements(taking: 0.2) / max(1, matrix.columns))
  }

  /// M·x: `[rows × columns]` · `[columns]` → `[rows]`. The number of threads does not change the result.
  ///
  /// - Complexity: O(rows · columns).
  package static func multiply(_ matrix: Matrix, _ x: [Float], workers: Workers = .all) -> [Float] {
    precondition(x.count == matrix.columns, "\(matrix.columns) columns need as many factors, not \(x.count).")
    return Array(unsafeUninitializedCapacity: matrix.rows) { y, initialized in
      initialized = matrix.rows
      guard let result = y.baseAddress, matrix.rows > 0 else { return }
      matrix.elements.withUnsafeBufferPointer { elements in
        // Each thread has its own rows.
        nonisolated(unsafe) let (elements, result) = (elements, result)
        workers.split(matrix.rows, least: leastRows(of: matrix)) { _, rows in
          deepen_rows_times_vector(
            Int64(rows.count), Int64(matrix.columns),
            elements.baseAddress.map { $0 + rows.lowerBound * matrix.columns },
            x, result + rows.lowerBound)
        }
      }
    }
  }

  /// x·M: `[rows]` · `[rows × columns]` → `[columns]`. Each thread sums its rows; these sums are added in the rows'
  /// order.
  ///
  /// - Complexity: O(rows · columns).
  package static func multiply(_ x: [Float], _ matrix: Matrix, workers: Workers = .all) -> [Float] {
    precondition(x.count == matrix.rows, "\(matrix.rows) rows need as many factors, not \(x.count).")
    let columns = matrix.columns
    let parts = workers.parts(of: matrix.rows, least: leastRows(of: matrix))
    var sums = [Float](repeating: 0, count: parts * columns)
    sums.withUnsafeMutableBufferPointer { sums in
      matrix.elements.withUnsafeBufferPointer { elements in
        // Each thread has its own sums.
        nonisolated(unsafe) let (elements, sums) = (elements, sums)
        workers.split(matrix.rows, into: parts) { part, rows in
          guard let start = elements.baseAddress, let sum = sums.baseAddress else { return }
          x.withUnsafeBufferPointer { x in
            deepen_vector_times_rows(
              Int64(rows.count), Int64(columns), start + rows.lowerBound * columns,
              x.baseAddress.map { $0 + rows.lowerBound }, sum + part * columns)
          }
        }
      }
      for part in 1..<parts {
        for column in 0..<columns { sums[column] += sums[part * columns + column] }
      }
    }
    sums.removeLast((parts - 1) * columns)
    return sums
  }
}
