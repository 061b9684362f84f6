import CBenchmarkKernels
import DeePEn
import Dispatch

/// A dense alignment whose products are made by plain loops over blocks of rows, one block a thread: what a matrix-vector
/// product can reach where the matrix library falls short of the memory.
struct RowBlockAlignment: Alignment {
  let matrix: Matrix
  let threads: Int

  var vocabularyCount: Int { matrix.rows }

  var anchorCount: Int { matrix.columns }

  func project(_ distribution: [Float]) -> [Float] {
    let columns = matrix.columns
    var parts = [Float](repeating: 0, count: threads * columns)
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts
      eachBlock { block, rows, elements in
        distribution.withUnsafeBufferPointer { distribution in
          benchmark_vector_times_rows(
            Int64(rows.count), Int64(columns), elements + rows.lowerBound * columns,
            distribution.baseAddress! + rows.lowerBound, parts.baseAddress! + block * columns)
        }
      }
      for block in 1..<max(threads, 1) {
        for column in 0..<columns { parts[column] += parts[block * columns + column] }
      }
    }
    return Array(parts[0..<columns])
  }

  func pullBack(_ anchorValues: [Float]) -> [Float] {
    let columns = matrix.columns
    return Array(unsafeUninitializedCapacity: matrix.rows) { result, initialized in
      nonisolated(unsafe) let result = result
      eachBlock { _, rows, elements in
        anchorValues.withUnsafeBufferPointer { values in
          benchmark_rows_times_vector(
            Int64(rows.count), Int64(columns), elements + rows.lowerBound * columns, values.baseAddress!,
            result.baseAddress! + rows.lowerBound)
        }
      }
      initialized = matrix.rows
    }
  }

  private func eachBlock(_ body: (_ block: Int, _ rows: Range<Int>, _ elements: UnsafePointer<Float>) -> Void) {
    matrix.elements.withUnsafeBufferPointer { elements in
      // Each block is worked on by one iteration alone.
      nonisolated(unsafe) let (start, body) = (elements.baseAddress!, body)
      DispatchQueue.concurrentPerform(iterations: threads) { block in
        body(block, block * matrix.rows / threads..<(block + 1) * matrix.rows / threads, start)
      }
    }
  }
}
