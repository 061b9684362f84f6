internal import LinearAlgebra

/// Weights by how well each member predicts the prompt: who finds it likelier counts more, in the whole answer.
///
/// ```
/// αᵢ′ = S·αᵢ·exp(−β·bᵢ) / Σ αⱼ·exp(−β·bⱼ)        S = Σ αⱼ, both sums over the members that can be judged
/// ```
///
/// bᵢ is −log₂ of the prompt's probability divided by its length in bytes, so that members with different tokens compare.
/// With β = n·log 2 the factors are the members' likelihoods of n bytes like the prompt's: αᵢ′ is then what Bayes' rule makes
/// of αᵢ after n bytes. A member that cannot be judged keeps its weight.
///
/// Some models expect any prompt more than others do, and know no more for it. Bits above what each member usually needs
/// (bᵢ − uᵢ instead of bᵢ) compare what is special about this prompt.
public struct PerplexityWeighting: Sendable, Hashable {
  /// β, how much a bit per byte matters; 0 for not at all.
  public var sharpness: Double

  /// Makes the rule.
  ///
  /// - Precondition: `sharpness` is finite and not negative.
  public init(sharpness: Double = 1) {
    precondition(sharpness.isFinite && sharpness >= 0, "A sharpness of \(sharpness) makes no weights.")
    self.sharpness = sharpness
  }

  /// The weights for one answer.
  ///
  /// - Parameters:
  ///   - weights: The members' weights; not negative.
  ///   - bitsPerByte: What each member needs for a byte of the prompt, or how much more than usual; infinite where it rules
  ///     the prompt out, `nil` for one that cannot be judged.
  /// - Returns: Weights with the same sum. Where all that are judged rule the prompt out, the weights as they were.
  /// - Precondition: A number of bits a member; none is NaN.
  public func weights(_ weights: [Float], bitsPerByte: [Double?]) -> [Float] {
    precondition(
      weights.count == bitsPerByte.count, "\(weights.count) members do not have \(bitsPerByte.count) scores.")
    let judged = weights.indices.filter { weights[$0] > 0 && bitsPerByte[$0] != nil }
    let least = judged.reduce(Double.infinity) { min($0, bitsPerByte[$1] ?? .infinity) }
    guard sharpness > 0, least < .infinity else { return weights }
    let sum = judged.reduce(0) { $0 + Double(weights[$1]) }
    let factors = judged.map { ElementaryFunctions.exp(-sharpness * ((bitsPerByte[$0] ?? least) - least)) }
    let shares = DistributionShape.reweigh(judged.map { weights[$0] }, by: factors)
    var result = weights
    for (member, share) in zip(judged, shares) { result[member] = Float(sum * Double(share)) }
    return result
  }
}
