internal import LinearAlgebra

/// How sure a distribution is.
enum DistributionShape {
  /// The entropy as a share of the largest one that so many outcomes can have, from 0 to 1.
  static func relativeEntropy(_ distribution: [Float]) -> Double {
    distribution.count < 2 ? 0 : entropy(distribution) / ElementaryFunctions.log(Double(distribution.count))
  }

  /// How much likelier the likeliest outcome is than the next.
  static func margin(_ distribution: [Float]) -> Double {
    let (first, second) = twoLargest(of: distribution)
    return Double(max(first, 0)) - Double(max(second, 0))
  }

  /// Weights multiplied by factors and divided by their sum; the weights themselves where nothing is left.
  static func reweigh(_ weights: [Float], by factors: [Double]) -> [Float] {
    let products = zip(weights, factors).map { Double($0) * $1 }
    let sum = products.reduce(0, +)
    return sum > 0 && sum.isFinite ? products.map { Float($0 / sum) } : weights
  }
}
