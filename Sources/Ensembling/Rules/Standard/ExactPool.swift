import InverseSearch
import LinearAlgebra

/// The formula of ``StandardFusion`` in double precision, token by token: for factors that are too large for single
/// precision, and for an R that is only a small remainder of 1.
struct ExactPool {
  private let opinions: [StandardFusion.Opinion]
  private let weights: [Double]
  private let smoothing: Double
  /// s(a) for every assistant and anchor; 0 where the main model gives the anchor no probability.
  private let factors: [[Double]]
  /// The logarithm of the main model's Σ exp(logit).
  private let normaliser: Double

  /// Computes the factors.
  ///
  /// - Throws: `InverseSearchError` with the code `diverged` where R is 0.
  init(_ opinions: [StandardFusion.Opinion], weights: [Float], smoothing: Float) throws {
    self.opinions = opinions
    self.weights = weights.map(Double.init)
    self.smoothing = Double(smoothing)
    factors = try opinions.map(Self.factors)
    normaliser = Double(opinions[0].own.maximum) + ElementaryFunctions.log(opinions[0].own.total)
  }

  private static func factors(of opinion: StandardFusion.Opinion) throws -> [Double] {
    let (wanted, own) = (opinion.wanted, opinion.own)
    let reached = zip(wanted.masses, own.masses).reduce(0) { $1.1 > 0 ? $0 + $1.0 : $0 } / wanted.total
    guard reached > 0 else {
      throw InverseSearchError(
        .diverged, "An assistant gives all of its probability to anchors that no possible token of the main model has",
        remedy: "Check the members' logits, or leave the assistant out.")
    }
    let scale = own.total / (wanted.total * reached)
    return zip(wanted.masses, own.masses).map { $1 > 0 ? $0 / $1 * scale : 0 }
  }

  /// log p′ of the tokens whose factors are large, and the given logits of the others; of all tokens where none are
  /// given.
  ///
  /// - Throws: `LinearAlgebraError` where no logit is finite.
  func logits(of main: [Float], insteadOf given: [Float]?) throws -> [Float] {
    var logits = given ?? main
    for token in main.indices where main[token] > -.infinity && (given == nil || isLarge(token)) {
      logits[token] = logit(of: token, main[token])
    }
    _ = try finiteMaximum(of: logits)
    return logits
  }

  private func isLarge(_ token: Int) -> Bool {
    factors.indices.contains { factor(token, $0) > Double(GroupFactors.largestPooled) }
  }

  /// Σ αⱼ·log p(w) + Σ αⱼ·log((1 − ε)·sⱼ(w) + ε·Σ αₖ·sₖ(w)), s = 1 for the main model.
  private func logit(of token: Int, _ main: Float) -> Float {
    var (mean, sum) = (weights[0], weights[0])
    for index in factors.indices {
      mean += weights[index + 1] * factor(token, index)
      sum += weights[index + 1]
    }
    var pooled = weights[0] * ElementaryFunctions.log(1 - smoothing + smoothing * mean)
    for index in factors.indices {
      pooled +=
        weights[index + 1]
        * ElementaryFunctions.log((1 - smoothing) * factor(token, index) + smoothing * mean)
    }
    return Float(sum * (Double(main) - normaliser) + pooled)
  }

  private func factor(_ token: Int, _ index: Int) -> Double { factors[index][Int(opinions[index].anchors[token])] }
}
