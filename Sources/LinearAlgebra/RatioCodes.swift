internal import CBLASShim

/// Numbers that are not negative in a byte each, by their logarithms: a quarter of the memory, with the same relative
/// exactness for large and small ones.
///
/// Code 0 stands for 0; the others for numbers in a constant ratio, from the smallest to the largest number. A number is off
/// by half such a ratio at most: by 1 % where the largest is 150 times the smallest. Their sum is kept.
package struct RatioCodes: Sendable, Hashable, BitwiseCopyable {
  /// The logarithm of what code 1 stands for.
  package var lowest: Float
  /// The logarithm of the ratio of what a code and the one before it stand for.
  package var step: Float
  /// Σ |x − what its code stands for|, where that was looked at.
  package var error: Float

  /// How far decoded numbers are from what their codes stand for at most, as a share of them; on the average less than half as far.
  package static let decodingError: Float = 0x1p-8

  /// Codes numbers.
  ///
  /// - Precondition: No number is negative or NaN; as many codes as numbers.
  /// - Complexity: O(n).
  package static func code(
    _ x: UnsafeBufferPointer<Float>, into codes: UnsafeMutableBufferPointer<UInt8>
  ) -> RatioCodes {
    precondition(x.count == codes.count, "Every number has a code.")
    var scale = RatioCodes(lowest: 0, step: 0, error: 0)
    scale.error = Float(
      deepen_code_ratios(Int64(x.count), x.baseAddress, &scale.lowest, &scale.step, codes.baseAddress))
    return scale
  }

  /// Codes exp(factor · x) for numbers x, −∞ among them, in one pass less than computing it takes.
  ///
  /// - Parameters:
  ///   - factor: Not negative.
  ///   - sum: The sum of what the codes stand for.
  /// - Precondition: No number is NaN or +∞; as many codes as numbers.
  /// - Complexity: O(n).
  package static func code(
    exponents x: UnsafeBufferPointer<Float>, factor: Float, sum: Float, into codes: UnsafeMutableBufferPointer<UInt8>
  ) -> RatioCodes {
    precondition(x.count == codes.count, "Every number has a code.")
    var scale = RatioCodes(lowest: 0, step: 0, error: 0)
    deepen_code_exponents(Int64(x.count), x.baseAddress, factor, sum, &scale.lowest, &scale.step, codes.baseAddress)
    return scale
  }

  /// What codes stand for, in bfloat16: the upper half of a number in single precision.
  ///
  /// - Precondition: As many numbers as codes.
  /// - Complexity: O(n).
  package func decode(_ codes: UnsafeBufferPointer<UInt8>, into x: UnsafeMutableBufferPointer<UInt16>) {
    precondition(x.count == codes.count, "Every number has a code.")
    deepen_decode_ratios(Int64(x.count), codes.baseAddress, lowest, step, x.baseAddress)
  }
}
