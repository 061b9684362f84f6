internal import CBLASShim

/// (q − target)/max(q, floor), element by element: the gradient of KL(target ‖ q) with respect to q, plus one.
///
/// - Complexity: O(n).
package func divergenceGradient(of target: [Float], from q: [Float], floor: Float) -> [Float] {
  precondition(target.count == q.count, "\(target.count) and \(q.count) probabilities cannot be compared.")
  return Array(unsafeUninitializedCapacity: q.count) { values, initialized in
    deepen_divergence_gradient(Int64(q.count), target, q, floor, values.baseAddress)
    initialized = q.count
  }
}

/// Σ |xᵢ|.
///
/// - Complexity: O(n).
package func absoluteSum(_ x: Span<Float>) -> Double {
  x.withUnsafeBufferPointer { deepen_absolute_sum(Int64($0.count), $0.baseAddress) }
}

/// Σ |xᵢ − factor·yᵢ|.
///
/// - Precondition: As many y as x.
/// - Complexity: O(n).
package func distance(of x: Span<Float>, from factor: Float, times y: Span<Float>) -> Double {
  precondition(x.count == y.count, "\(x.count) and \(y.count) numbers have no distance.")
  return x.withUnsafeBufferPointer { x in
    y.withUnsafeBufferPointer { y in deepen_distance(Int64(x.count), x.baseAddress, factor, y.baseAddress) }
  }
}

/// The indices and values of the k largest numbers, largest first; ties go to the lower index.
///
/// - Precondition: `indices` and `values` have the same count, at most that of `x`; no number is NaN.
/// - Complexity: O(n + m·k), where m is the number of times that a number is among the k largest so far.
package func largest(of x: Span<Float>, indices: inout MutableSpan<Int32>, values: inout MutableSpan<Float>) {
  precondition(indices.count == values.count && indices.count <= x.count, "There are no \(indices.count) numbers.")
  guard !indices.isEmpty else { return }
  x.withUnsafeBufferPointer { x in
    indices.withUnsafeMutableBufferPointer { indices in
      values.withUnsafeMutableBufferPointer { values in
        deepen_largest(Int64(x.count), x.baseAddress, Int32(indices.count), indices.baseAddress, values.baseAddress)
      }
    }
  }
}
