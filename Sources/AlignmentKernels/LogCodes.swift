internal import CAlignmentKernels

/// The scale of positive numbers quantised to one byte each in equal steps of their logarithms: a quarter of the
/// memory, with the same relative precision for large and small numbers.
///
/// Code 0 is 0; the others are numbers in a constant ratio, from the smallest to the largest number. The error of a
/// number is at most half such a ratio: 1 % where the largest is 150 times the smallest. Their sum is preserved.
package struct LogCodes: Sendable, Hashable, BitwiseCopyable {
  /// The logarithm of code 1's number.
  package var lowest: Float
  /// The logarithm of the ratio of the numbers of neighbouring codes.
  package var step: Float
  /// Σ |x − the number of its code|, where it was computed.
  package var error: Float

  /// The largest relative rounding error of dequantised numbers; less than half of it on average.
  package static let roundingError: Float = 0x1p-8

  /// Quantises numbers.
  ///
  /// - Precondition: No number is negative or NaN; as many codes as numbers.
  /// - Complexity: O(n).
  package static func quantise(_ x: Span<Float>, into codes: inout MutableSpan<UInt8>) -> LogCodes {
    precondition(x.count == codes.count, "Every number has a code.")
    var scale = LogCodes(lowest: 0, step: 0, error: 0)
    x.withUnsafeBufferPointer { x in
      codes.withUnsafeMutableBufferPointer { codes in
        scale.error = Float(
          deepen_log_quantise(Int64(x.count), x.baseAddress, &scale.lowest, &scale.step, codes.baseAddress))
      }
    }
    return scale
  }

  /// Quantises exp(factor · x) for numbers x, −∞ among them, in one pass less than computing the exponentials takes.
  ///
  /// - Parameters:
  ///   - factor: Not negative.
  ///   - sum: The sum of the quantised numbers.
  /// - Precondition: No number is NaN or +∞; as many codes as numbers.
  /// - Complexity: O(n).
  package static func quantise(
    exponents x: Span<Float>, factor: Float, sum: Float, into codes: inout MutableSpan<UInt8>
  ) -> LogCodes {
    precondition(x.count == codes.count, "Every number has a code.")
    var scale = LogCodes(lowest: 0, step: 0, error: 0)
    x.withUnsafeBufferPointer { x in
      codes.withUnsafeMutableBufferPointer { codes in
        deepen_log_quantise_exponents(
          Int64(x.count), x.baseAddress, factor, sum, &scale.lowest, &scale.step, codes.baseAddress)
      }
    }
    return scale
  }

  /// Dequantises codes to bfloat16: the upper half of a number in single precision.
  ///
  /// - Precondition: As many numbers as codes.
  /// - Complexity: O(n).
  package func dequantise(_ codes: Span<UInt8>, into x: inout MutableSpan<UInt16>) {
    precondition(x.count == codes.count, "Every number has a code.")
    codes.withUnsafeBufferPointer { codes in
      x.withUnsafeMutableBufferPointer { x in
        deepen_log_dequantise(Int64(x.count), codes.baseAddress, lowest, step, x.baseAddress)
      }
    }
  }
}
