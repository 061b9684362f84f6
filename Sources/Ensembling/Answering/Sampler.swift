import LinearAlgebra
import ModelBackends

/// Chooses tokens from logits, with its own random numbers.
struct Sampler {
  private let sampling: Sampling
  private var random: any RandomNumberGenerator

  init(_ sampling: Sampling) {
    self.sampling = sampling
    random =
      sampling.seed.map { SplitMix64(seed: $0) as any RandomNumberGenerator } ?? SystemRandomNumberGenerator()
  }

  /// Chooses a token.
  ///
  /// - Parameters:
  ///   - logits: Numbers or −∞, `[V]`.
  ///   - peak: The peak of the logits.
  /// - Complexity: O(V).
  mutating func choose(from logits: [Float], peak: Peak) throws -> TokenID {
    guard sampling.temperature > 0 else { return peak.index }
    let scaled = quotients(of: logits, minus: peak.value, by: sampling.temperature)
    let share = Double.random(in: 0..<1, using: &random)
    if let token = try likelyToken(scaled, at: share) { return token }
    let kept = try filtered(scaled)
    return kept.index(at: share * kept.sum)
  }

  /// The token at a share of the cumulative probability, from the likeliest on; `nil` where it is not among the
  /// likeliest few or those are not all that the filters keep.
  private func likelyToken(_ scaled: [Float], at share: Double) throws -> TokenID? {
    guard sampling.topK == nil, sampling.topP == nil else { return nil }
    let likely = try truncatedSoftmax(scaled, leavingOut: 0.01, limit: 4096)
    if let minP = sampling.minP, minP > 0 {
      let least = minP * likely.largest
      guard least > likely.smallest else { return nil }
      let kept = likely.keeping(atLeast: least)
      return kept.index(at: share * kept.sum)
    }
    let point = share * (likely.sum + Double(likely.rest))
    return point < likely.sum ? likely.index(at: point) : nil
  }

  /// The distribution after the filters; never empty.
  private func filtered(_ scaled: [Float]) throws -> TruncatedSoftmax {
    // Tokens that top-p certainly drops are dropped at once; where top-k comes first, it changes the distribution.
    let excess = sampling.topK == nil ? sampling.topP.map { 0.999 * (1 - $0) } ?? 0 : 0
    var kept = try truncatedSoftmax(scaled, leavingOut: excess, limit: sampling.topK ?? .max)
    if let topP = sampling.topP {
      let total = kept.sum + (sampling.topK == nil ? Double(kept.rest) : 0)
      kept = kept.keeping(sum: Double(topP) * total)
    }
    if let minP = sampling.minP { kept = kept.keeping(atLeast: minP * kept.largest) }
    return kept
  }
}
