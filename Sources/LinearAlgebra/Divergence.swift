internal import CBLASShim

/// (q − target)/max(q, floor), element by element: the gradient of KL(target ‖ q) with regard to q, plus one.
///
/// - Complexity: O(n).
package func divergenceGradient(of target: [Float], from q: [Float], floor: Float) -> [Float] {
  precondition(target.count == q.count, "\(target.count) and \(q.count) probabilities cannot be compared.")
  return Array(unsafeUninitializedCapacity: q.count) { values, initialized in
    deepen_relative_gradient(Int64(q.count), target, q, floor, values.baseAddress)
    initialized = q.count
  }
}

/// Σ |xᵢ|.
///
/// - Complexity: O(n).
package func absoluteSum(_ x: UnsafeBufferPointer<Float>) -> Double {
  deepen_absolute_sum(Int64(x.count), x.baseAddress)
}

/// Σ |xᵢ − factor·yᵢ|.
///
/// - Precondition: As many y as x.
/// - Complexity: O(n).
package func distance(
  of x: UnsafeBufferPointer<Float>, from factor: Float, times y: UnsafeBufferPointer<Float>
) -> Double {
  precondition(x.count == y.count, "\(x.count) and \(y.count) numbers have no distance.")
  return deepen_distance(Int64(x.count), x.baseAddress, factor, y.baseAddress)
}

/// The places and values of the k largest numbers in memory, largest first; of equal ones the lower place goes first.
///
/// - Precondition: `places` and `values` have the same count, at most that of `x`; no number is NaN.
/// - Complexity: O(n + m·k), where m is how often a number is among the k largest so far.
package func largest(
  of x: UnsafeBufferPointer<Float>, places: UnsafeMutableBufferPointer<Int32>,
  values: UnsafeMutableBufferPointer<Float>
) {
  precondition(places.count == values.count && places.count <= x.count, "There are no \(places.count) numbers.")
  guard !places.isEmpty else { return }
  deepen_largest(Int64(x.count), x.baseAddress, Int32(places.count), places.baseAddress, values.baseAddress)
}
