internal import CBLASShim

/// The factors that give the groups of one softmax the sums of another one.
package struct GroupFactors: Sendable {
  /// A pool of a factor s with 1: w₀·log((1 − ε) + ε·μ) + w₁·log((1 − ε)·s + ε·μ) with μ = w₀ + w₁·s, which is
  /// ``logarithmicPool(_:weights:smoothing:workers:)`` of the two.
  package struct Pool: Sendable {
    let weights: [Float]
    let smoothing: Float

    /// Creates a pool of a constant with the weight w₀ and its multiple with w₁.
    package init(weights: (Float, Float), smoothing: Float) {
      self.weights = [weights.0, weights.1]
      self.smoothing = smoothing
    }
  }

  /// The factor or the pool of each group, `[count]`: wanted / actual, divided by the share of the wanted sums that can
  /// be reached; 0 where the actual sum is 0.
  package let values: [Float]
  /// The largest ratio, before that division.
  package let largestRatio: Float
  /// The L1 distance of the two.
  package let distance: Double
  /// The share of the wanted sums in groups whose actual sum is 0.
  package let missing: Double

  /// The largest ratio for which a pool is exact to within rounding.
  package static let largestPooled: Float = 1e15

  /// Compares two softmaxes with the same number of groups.
  ///
  /// - Parameter pool: The pooling of the factors; `nil` for the factors themselves.
  /// - Complexity: O(count).
  package init(
    of wanted: GroupedSoftmax, to actual: GroupedSoftmax, pool: Pool? = nil, workers: Workers = .all
  ) {
    precondition(
      wanted.masses.count == actual.masses.count,
      "\(wanted.masses.count) and \(actual.masses.count) groups have no factors.")
    let found = Self.pass(wanted, actual, reached: 1, pool, workers)
    (largestRatio, distance, missing) = (found.largest, found.distance, found.missing)
    values =
      missing > 0 && missing < 1
      ? Self.pass(wanted, actual, reached: 1 - missing, pool, workers).values : found.values
  }

  private static func pass(
    _ wanted: GroupedSoftmax, _ actual: GroupedSoftmax, reached: Double, _ pool: Pool?, _ workers: Workers
  ) -> (values: [Float], largest: Float, distance: Double, missing: Double) {
    let count = actual.masses.count
    let parts = workers.parts(
      of: count, least: Workers.leastElements(taking: pool == nil ? 0.4 : 1.5))
    var found = [(largest: Float, distance: Double, missing: Double)](repeating: (0, 0, 0), count: parts)
    let values = [Float](unsafeUninitializedCapacity: count) { values, initialized in
      found.withUnsafeMutableBufferPointer { found in
        wanted.masses.withUnsafeBufferPointer { ours in
          actual.masses.withUnsafeBufferPointer { theirs in
            // Each thread has its own range of the values, and its own sums.
            nonisolated(unsafe) let (values, found, ours, theirs) = (values, found, ours, theirs)
            workers.split(count, into: parts) { part, range in
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
