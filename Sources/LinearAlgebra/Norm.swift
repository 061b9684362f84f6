internal import CBLASShim

/// The Euclidean length √(Σ xᵢ²), summed in double precision so that no square overflows.
///
/// - Complexity: O(n).
package func norm(_ x: [Float]) -> Float {
  Float(deepen_square_sum(Int64(x.count), x).squareRoot())
}

/// The outcome of scaling a row to the Euclidean length one.
package enum RowLength: Sendable, Hashable {
  /// The row now has the length one.
  case one
  /// All elements are zero; they are unchanged.
  case zero
  /// An element is NaN or infinite; the whole row is now zero.
  case notFinite
}

/// Scales numbers to the Euclidean length one.
///
/// Zeros stay zeros, and numbers of which one is NaN or infinite become zeros: they have no direction.
///
/// - Complexity: O(n).
package func normalize(_ x: inout MutableSpan<Float>) -> RowLength {
  x.withUnsafeMutableBufferPointer { normalize($0) }
}

private func normalize(_ x: UnsafeMutableBufferPointer<Float>) -> RowLength {
  let length = deepen_square_sum(Int64(x.count), x.baseAddress).squareRoot()
  guard length.isFinite else {
    x.update(repeating: 0)
    return .notFinite
  }
  guard length > 0 else { return .zero }
  // Multiplies by the reciprocal where it is a normal number; rows of tiny or huge numbers are divided one by one.
  let factor = Float(1 / length)
  if factor.isNormal {
    deepen_scale(Int64(x.count), factor, x.baseAddress)
  } else {
    for index in x.indices { x[index] = Float(Double(x[index]) / length) }
  }
  return .one
}
