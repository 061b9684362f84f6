internal import CBLASShim

/// The natural logarithms of some numbers, each to within 1 unit in the last place.
///
/// log 0 is −∞, log +∞ is +∞; that of a negative number or of NaN is NaN.
///
/// - Complexity: O(n).
package func logarithms(of x: [Float]) -> [Float] {
  Array(unsafeUninitializedCapacity: x.count) { result, initialized in
    deepen_log(Int64(x.count), x, result.baseAddress)
    initialized = x.count
  }
}

/// yᵢ ← yᵢ + factor·log xᵢ; a y of −∞ is unchanged.
///
/// - Precondition: Both have the same length.
/// - Complexity: O(n).
package func addLogarithms(of x: [Float], times factor: Float, to y: inout [Float]) {
  precondition(x.count == y.count, "\(x.count) logarithms cannot be added to \(y.count) numbers.")
  y.withUnsafeMutableBufferPointer { deepen_add_log(Int64(x.count), factor, x, $0.baseAddress) }
}

/// The Kullback–Leibler divergence Σ pᵢ·log(pᵢ / max(qᵢ, floor)) over the pᵢ above zero, in nats.
///
/// Each quotient and logarithm is in single precision, so that the result is within about 2·10⁻⁷ of the exact one for
/// distributions that are close to each other, and within that fraction of Σ pᵢ·|log(pᵢ/qᵢ)| otherwise. Equal numbers
/// add exactly 0. Values that overflow single precision are computed in double precision.
///
/// - Precondition: Both have the same length; `floor` is above zero.
/// - Complexity: O(n).
package func klDivergence(_ p: [Float], _ q: [Float], floor: Float = .leastNormalMagnitude) -> Double {
  precondition(p.count == q.count, "\(p.count) and \(q.count) probabilities have no divergence.")
  precondition(floor > 0, "A divergence with a floor of \(floor) may be infinite.")
  let fast = deepen_relative_entropy(Int64(p.count), p, q, floor)
  return fast.isFinite ? fast : exactDivergence(p, q, floor: floor)
}

/// The same in double precision and a plain loop.
package func exactDivergence(_ p: [Float], _ q: [Float], floor: Float) -> Double {
  var sum = 0.0
  for (wanted, actual) in zip(p, q) where wanted > 0 {
    sum += Double(wanted) * ElementaryFunctions.log(Double(wanted) / Double(max(actual, floor)))
  }
  return sum
}

/// The entropy −Σ pᵢ·log pᵢ over the pᵢ above zero, in nats.
///
/// - Complexity: O(n).
package func entropy(_ p: [Float]) -> Double { deepen_entropy(Int64(p.count), p) }

/// The weighted mean Σⱼ wⱼ·xⱼ of some vectors, `[members × n] → [n]`.
///
/// A vector with the weight zero has no influence, whatever its elements.
///
/// - Precondition: As many weights as vectors, at least one above zero; all vectors of the same length.
/// - Complexity: O(members · n).
package func weightedSum(_ vectors: [[Float]], weights: [Float], workers: Workers = .all) -> [Float] {
  combine(vectors, weights, nanoseconds: 0.1, workers) { deepen_weighted_sum($0, $1, $2, $3, $4) }
}

/// Σⱼ wⱼ·log((1 − ε)·xⱼ + ε·Σₖ wₖ·xₖ): the logarithm of a weighted geometric mean, of vectors into which a share ε of
/// their mean is mixed, `[members × n] → [n]`.
///
/// A vector with the weight zero has no influence, whatever its elements.
///
/// - Precondition: As many weights as vectors, at least one above zero; all vectors of the same length.
/// - Complexity: O(members · n).
package func logarithmicPool(
  _ vectors: [[Float]], weights: [Float], smoothing: Float, workers: Workers = .all
) -> [Float] {
  combine(vectors, weights, nanoseconds: 0.8, workers) { deepen_logarithmic_pool($0, $1, $2, $3, smoothing, $4) }
}

private typealias Pointers = UnsafePointer<UnsafePointer<Float>?>

/// - Parameter nanoseconds: The time per element of a vector.
private func combine(
  _ vectors: [[Float]], _ weights: [Float], nanoseconds: Double, _ workers: Workers,
  with kernel: @Sendable (Int64, Int64, Pointers?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void
) -> [Float] {
  precondition(vectors.count == weights.count, "\(vectors.count) vectors cannot have \(weights.count) weights.")
  let counting = weights.indices.filter { weights[$0] > 0 }
  precondition(!counting.isEmpty, "No vector has a weight.")
  let count = vectors[counting[0]].count
  precondition(counting.allSatisfy { vectors[$0].count == count }, "Vectors of different lengths cannot be combined.")
  let counted = counting.map { weights[$0] }
  return Array(unsafeUninitializedCapacity: count) { result, initialized in
    withPointers(to: counting.map { vectors[$0] }[...]) { pointers in
      // Each thread has its own range of the result.
      nonisolated(unsafe) let (result, pointers) = (result, pointers)
      let least = Workers.leastElements(taking: nanoseconds * Double(counted.count))
      workers.split(count, least: least) { _, range in
        kernel(
          Int64(range.count), Int64(counted.count), pointers.map { $0.map { $0 + range.lowerBound } }, counted,
          result.baseAddress.map { $0 + range.lowerBound })
      }
    }
    initialized = count
  }
}

/// Calls a closure with the addresses of all vectors, which are valid for as long as it runs.
private func withPointers(
  to vectors: ArraySlice<[Float]>, after before: [UnsafePointer<Float>?] = [],
  _ body: ([UnsafePointer<Float>?]) -> Void
) {
  guard let first = vectors.first else { return body(before) }
  first.withUnsafeBufferPointer { withPointers(to: vectors.dropFirst(), after: before + [$0.baseAddress], body) }
}
