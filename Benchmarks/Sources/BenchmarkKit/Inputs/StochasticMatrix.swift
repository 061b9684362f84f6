public import DeePEn
import Dispatch

/// Row-stochastic matrices, generated fast, for measurements in which only the size matters.
public enum StochasticMatrix {
  /// A matrix of random rows, each divided by its sum.
  ///
  /// - Complexity: O(rows · columns).
  public static func make(rows: Int, columns: Int, seed: UInt64, threads: Int) throws -> Matrix {
    let elements = [Float](unsafeUninitializedCapacity: rows * columns) { elements, initialized in
      nonisolated(unsafe) let elements = elements
      DispatchQueue.concurrentPerform(iterations: threads) { part in
        for row in part * rows / threads..<(part + 1) * rows / threads {
          // A 32-bit xorshift: one multiplication per element would already be slower than memory.
          var state = UInt32(truncatingIfNeeded: (seed &+ UInt64(row) &+ 1) &* 0x9e37_79b9_7f4a_7c15 >> 32) | 1
          var sum: Float = 0
          let start = elements.baseAddress! + row * columns
          for column in 0..<columns {
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            let value = Float(state >> 8)
            (start + column).initialize(to: value)
            sum += value
          }
          let factor = 1 / sum
          for column in 0..<columns { start[column] *= factor }
        }
      }
      initialized = rows * columns
    }
    return try Matrix(rows: rows, columns: columns, elements: elements)
  }
}
