internal import CBLASShim

/// By what the elements at each place have to be multiplied for the places to have another softmax's shares.
package struct PlacedFactors: Sendable {
  /// How a factor s is pooled with 1: w₀·log((1 − ε) + ε·μ) + w₁·log((1 − ε)·s + ε·μ) with μ = w₀ + w₁·s, which
  /// ``logarithmicPool(_:weights:smoothing:)`` makes of the two.
  package struct Pool: Sendable {
    let weights: [Float]
    let smoothing: Float

    /// Describes a pool of a thing that stays as it is with the weight w₀, and one that is multiplied with w₁.
    package init(weights: (Float, Float), smoothing: Float) {
      self.weights = [weights.0, weights.1]
      self.smoothing = smoothing
    }
  }

  /// For each place, `[count]`, the factor or the pool: wanted / actual, divided by the share of what is wanted that can be
  /// reached; 0 where there is nothing to multiply.
  package let values: [Float]
  /// The largest ratio, before that division.
  package let largestRatio: Float
  /// The L1 distance of the two.
  package let distance: Double
  /// The share of what is wanted at places where there is nothing to multiply.
  package let missing: Double

  /// The largest ratio of which a pool is exact to within rounding.
  package static let largestPooled: Float = 1e15

  /// Compares two; both have one number of places.
  ///
  /// - Parameter pool: How factors are pooled; `nil` for the factors themselves.
  /// - Complexity: O(count).
  package init(of wanted: PlacedSoftmax, to actual: PlacedSoftmax, pool: Pool? = nil) {
    precondition(
      wanted.masses.count == actual.masses.count,
      "\(wanted.masses.count) and \(actual.masses.count) places have no factors.")
    let found = Self.pass(wanted, actual, reached: 1, pool)
    (largestRatio, distance, missing) = (found.largest, found.distance, found.missing)
    values = missing > 0 && missing < 1 ? Self.pass(wanted, actual, reached: 1 - missing, pool).values : found.values
  }

  private static func pass(
    _ wanted: PlacedSoftmax, _ actual: PlacedSoftmax, reached: Double, _ pool: Pool?
  ) -> (values: [Float], largest: Float, distance: Double, missing: Double) {
    let count = actual.masses.count
    let parts = KernelThreads.parts(
      of: count, least: KernelThreads.leastElements(taking: pool == nil ? 0.4 : 1.5))
    var found = [(largest: Float, distance: Double, missing: Double)](repeating: (0, 0, 0), count: parts)
    let values = [Float](unsafeUninitializedCapacity: count) { values, initialized in
      found.withUnsafeMutableBufferPointer { found in
        wanted.masses.withUnsafeBufferPointer { ours in
          actual.masses.withUnsafeBufferPointer { theirs in
            // Each thread has a stretch of the values of its own, and sums.
            nonisolated(unsafe) let (values, found, ours, theirs) = (values, found, ours, theirs)
            KernelThreads.split(count, into: parts) { part, range in
              guard let ours = ours.baseAddress, let theirs = theirs.baseAddress, let values = values.baseAddress
              else { return }
              var one: (largest: Float, distance: Double, missing: Double) = (0, 0, 0)
              deepen_mass_ratio(
                Int64(range.count), ours + range.lowerBound, 1 / (wanted.total * reached), theirs + range.lowerBound,
                1 / actual.total, pool?.weights, pool?.smoothing ?? 0, values + range.lowerBound, &one.largest,
                &one.distance, &one.missing)
              found[part] = one
            }
          }
        }
      }
      initialized = count
    }
    return (
      values, found.reduce(0) { max($0, $1.largest) }, found.reduce(0) { $0 + $1.distance },
      found.reduce(0) { $0 + $1.missing }
    )
  }
}
