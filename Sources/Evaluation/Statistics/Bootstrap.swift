import LinearAlgebra

/// Confidence intervals from resampling items with replacement (Efron, doi:10.1214/aos/1176344552).
///
/// A row's items are redrawn, as many as there are, `resamples` times; 95 % of the means lie in the interval. Two rows
/// are compared on the same draws (paired bootstrap), so that an item that is hard for both does not count as a
/// difference.
public struct Bootstrap: Sendable, Hashable {
  /// An estimate with the interval that contains 95 % of the resampled ones.
  public struct Estimate: Sendable, Hashable, Codable {
    /// The figure on all items.
    public var value: Double
    /// The 2.5th percentile.
    public var low: Double
    /// The 97.5th percentile.
    public var high: Double
    /// The share of resamples in which the figure is not above zero: for a difference, a one-sided p-value.
    public var shareNotPositive: Double
  }

  /// The number of resamples.
  public var resamples: Int
  /// The random seed.
  public var seed: UInt64

  /// Creates a bootstrap.
  ///
  /// - Precondition: `resamples` is positive.
  public init(resamples: Int = 2000, seed: UInt64 = 1) {
    precondition(resamples > 0, "An interval needs resamples.")
    self.resamples = resamples
    self.seed = seed
  }

  /// The ratio Σ numerators / Σ denominators over items; with denominators of 1, the mean.
  ///
  /// - Returns: `nil` where there are no items or the denominators add up to zero.
  /// - Complexity: O(items · resamples).
  public func ratio(_ numerators: [Double], _ denominators: [Double]) -> Estimate? {
    difference((numerators, denominators), (numerators.map { _ in 0 }, denominators))
  }

  /// The mean over items.
  public func mean(_ values: [Double]) -> Estimate? { ratio(values, values.map { _ in 1 }) }

  /// The difference between the means of two rows on the same items in the same order.
  public func difference(_ one: [Double], _ other: [Double]) -> Estimate? {
    difference((one, one.map { _ in 1 }), (other, other.map { _ in 1 }))
  }

  /// The difference between the ratios of two rows on the same items in the same order.
  ///
  /// - Precondition: All lists have the same length.
  /// - Complexity: O(items · resamples).
  public func difference(
    _ one: (numerators: [Double], denominators: [Double]), _ other: (numerators: [Double], denominators: [Double])
  ) -> Estimate? {
    let count = one.numerators.count
    precondition(
      [one.denominators.count, other.numerators.count, other.denominators.count].allSatisfy { $0 == count },
      "Rows are compared on the same items.")
    func figure(_ indices: some Sequence<Int>) -> Double? {
      var sums = (0.0, 0.0, 0.0, 0.0)
      for index in indices {
        sums.0 += one.numerators[index]
        sums.1 += one.denominators[index]
        sums.2 += other.numerators[index]
        sums.3 += other.denominators[index]
      }
      return sums.1 > 0 && sums.3 > 0 ? sums.0 / sums.1 - sums.2 / sums.3 : nil
    }
    guard count > 0, let value = figure(0..<count) else { return nil }
    var random = SplitMix64(seed: seed)
    var figures: [Double] = []
    figures.reserveCapacity(resamples)
    for _ in 0..<resamples {
      let indices = (0..<count).map { _ in Int.random(in: 0..<count, using: &random) }
      if let figure = figure(indices) { figures.append(figure) }
    }
    figures.sort()
    func percentile(_ share: Double) -> Double {
      figures.isEmpty ? value : figures[Int((share * Double(figures.count - 1)).rounded())]
    }
    let notPositive = figures.count { $0 <= 0 }
    return Estimate(
      value: value, low: percentile(0.025), high: percentile(0.975),
      shareNotPositive: figures.isEmpty ? 1 : Double(notPositive) / Double(figures.count))
  }
}
