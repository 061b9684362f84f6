internal import LinearAlgebra

/// How sure a distribution is.
enum DistributionShape {
  /// −Σ p·log p, in nats.
  static func entropy(_ distribution: [Float]) -> Double {
    distribution.reduce(0.0) { $1 > 0 ? $0 - Double($1) * ElementaryFunctions.log(Double($1)) : $0 }
  }

  /// The entropy as a share of the largest one that so many outcomes can have, from 0 to 1.
  static func relativeEntropy(_ distribution: [Float]) -> Double {
    distribution.count < 2 ? 0 : entropy(distribution) / ElementaryFunctions.log(Double(distribution.count))
  }

  /// How much likelier the likeliest outcome is than the next.
  static func margin(_ distribution: [Float]) -> Double {
    var (first, second) = (0.0, 0.0)
    for probability in distribution.lazy.map(Double.init) {
      if probability > first { (first, second) = (probability, first) } else { second = max(second, probability) }
    }
    return first - second
  }

  /// Weights multiplied by factors and divided by their sum; the weights themselves where nothing is left.
  static func reweigh(_ weights: [Float], by factors: [Double]) -> [Float] {
    let products = zip(weights, factors).map { Double($0) * $1 }
    let sum = products.reduce(0, +)
    return sum > 0 && sum.isFinite ? products.map { Float($0 / sum) } : weights
  }
}
