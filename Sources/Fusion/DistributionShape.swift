internal import LinearAlgebra

/// Measures of a distribution's certainty.
enum DistributionShape {
  /// The entropy as a fraction of the maximum for that number of outcomes, from 0 to 1.
  static func relativeEntropy(_ distribution: [Float]) -> Double {
    distribution.count < 2 ? 0 : entropy(distribution) / ElementaryFunctions.log(Double(distribution.count))
  }

  /// The margin: the likeliest outcome's probability minus the next one's.
  static func margin(_ distribution: [Float]) -> Double {
    let (first, second) = twoLargest(of: distribution)
    return Double(max(first, 0)) - Double(max(second, 0))
  }

  /// Weights multiplied by factors and divided by their sum; the weights themselves where all products are zero.
  static func reweighted(_ weights: [Float], by factors: [Double]) -> [Float] {
    let products = zip(weights, factors).map { Double($0) * $1 }
    let sum = products.reduce(0, +)
    return sum > 0 && sum.isFinite ? products.map { Float($0 / sum) } : weights
  }
}
