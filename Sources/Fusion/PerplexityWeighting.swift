internal import LinearAlgebra

/// Weights by how well each member predicts the prompt: a member that finds it likelier counts more, in the whole
/// answer.
///
/// ```
/// αᵢ′ = S·αᵢ·exp(−β·bᵢ) / Σ αⱼ·exp(−β·bⱼ)        S = Σ αⱼ, both sums over the members that can be judged
/// ```
///
/// bᵢ is −log₂ of the prompt's probability divided by its length in bytes, so that members with different tokens
/// compare. With β = n·log 2 the factors are the members' likelihoods of n bytes like the prompt's: αᵢ′ is then the
/// Bayesian posterior of the prior αᵢ after n bytes. A member that cannot be judged keeps its weight.
///
/// Some models find any prompt less surprising than others do, without knowing more. Bits above what each member
/// usually needs (bᵢ − uᵢ instead of bᵢ) compare the part that is specific to this prompt.
public struct PerplexityWeighting: Sendable, Hashable {
  /// β, the influence of a bit per byte; 0 for none.
  public var sharpness: Double

  /// Creates the rule.
  ///
  /// - Precondition: `sharpness` is finite and not negative.
  public init(sharpness: Double = 1) {
    precondition(sharpness.isFinite && sharpness >= 0, "A sharpness of \(sharpness) makes no weights.")
    self.sharpness = sharpness
  }

  /// Computes the weights for one answer.
  ///
  /// - Parameters:
  ///   - weights: The members' weights; not negative.
  ///   - bitsPerByte: The bits per byte of the prompt of each member, or their excess over the usual; infinite where
  ///     the member rules the prompt out, `nil` for one that cannot be judged.
  /// - Returns: Weights with the same sum. Where all judged members rule the prompt out, the weights are unchanged.
  /// - Precondition: One number of bits per member; none is NaN.
  public func weights(_ weights: [Float], bitsPerByte: [Double?]) -> [Float] {
    precondition(
      weights.count == bitsPerByte.count, "\(weights.count) members do not have \(bitsPerByte.count) scores.")
    let judged = weights.indices.filter { weights[$0] > 0 && bitsPerByte[$0] != nil }
    let least = judged.reduce(Double.infinity) { min($0, bitsPerByte[$1] ?? .infinity) }
    guard sharpness > 0, least < .infinity else { return weights }
    let sum = judged.reduce(0) { $0 + Double(weights[$1]) }
    let factors = judged.map { ElementaryFunctions.exp(-sharpness * ((bitsPerByte[$0] ?? least) - least)) }
    let shares = DistributionShape.reweighted(judged.map { weights[$0] }, by: factors)
    var result = weights
    for (member, share) in zip(judged, shares) { result[member] = Float(sum * Double(share)) }
    return result
  }
}
