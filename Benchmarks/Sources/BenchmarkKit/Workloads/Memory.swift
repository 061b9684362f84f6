import CBenchmarkKernels
import DeePEn
import Dispatch

/// Passes over memory, as a scale for other measurements.
enum Memory {
  /// Reads some numbers once, in equal parts on some threads.
  static func read(_ elements: UnsafeBufferPointer<Float>, threads: Int) -> Float {
    nonisolated(unsafe) let elements = elements
    return inParts(elements.count, threads: threads) { range in
      benchmark_sum(Int64(range.count), elements.baseAddress! + range.lowerBound)
    }
  }

  /// a = b + factor · c, in equal parts on some threads.
  static func triad(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, count: Int, threads: Int
  ) {
    nonisolated(unsafe) let (a, b, c) = (a, b, c)
    _ = inParts(count, threads: threads) { range in
      benchmark_triad(
        Int64(range.count), a + range.lowerBound, b + range.lowerBound, c + range.lowerBound, 3)
      return 0
    }
  }

  private static func inParts(
    _ count: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Float
  ) -> Float {
    var sums = [Float](repeating: 0, count: threads)
    sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      DispatchQueue.concurrentPerform(iterations: threads) { part in
        sums[part] = body(part * count / threads..<(part + 1) * count / threads)
      }
    }
    return sums.reduce(0, +)
  }
}

/// The processor's speed in products of large matrices, as a scale for computations that consist of them.
enum MatrixProduct {
  /// Floating-point operations of A·Bᵀ of square matrices.
  static func operations(_ size: Int) -> Double { 2 * Double(size) * Double(size) * Double(size) }

  /// A matrix of small numbers.
  static func matrix(_ size: Int, seed: UInt64) throws -> Matrix {
    var elements = [Float](repeating: 0, count: size * size)
    benchmark_add_normal(Int64(elements.count), seed, 1, &elements)
    return try Matrix(rows: size, columns: size, elements: elements)
  }
}
