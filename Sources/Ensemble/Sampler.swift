import LinearAlgebra
import ModelBackends

/// Chooses tokens from logits, with random numbers of its own.
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
  /// - Precondition: At least one logit is above −∞ and none is NaN or +∞.
  /// - Complexity: O(V) when greedy, otherwise O(V log V).
  mutating func choose(from logits: [Float]) throws -> TokenID {
    guard sampling.temperature > 0 else {
      return topK(1, of: logits)[0]
    }
    let peak = try finiteMaximum(of: logits)
    let candidates = filter(try softmax(logits.map { ($0 - peak) / sampling.temperature }))
    var remaining = Double.random(in: 0..<1, using: &random) * candidates.reduce(0) { $0 + Double($1.probability) }
    for candidate in candidates {
      remaining -= Double(candidate.probability)
      if remaining < 0 { return candidate.token }
    }
    return candidates[candidates.count - 1].token
  }

  /// What the filters leave of a distribution, likeliest first; never nothing.
  private func filter(_ distribution: [Float]) -> [(token: TokenID, probability: Float)] {
    var kept = distribution.enumerated().filter { $0.element > 0 }.map { (token: $0.offset, probability: $0.element) }
    kept.sort { $0.probability > $1.probability || ($0.probability == $1.probability && $0.token < $1.token) }
    if let topK = sampling.topK { kept = Array(kept.prefix(topK)) }
    if let topP = sampling.topP {
      let wanted = Double(topP) * kept.reduce(0) { $0 + Double($1.probability) }
      var sum = 0.0
      let last = kept.firstIndex {
        sum += Double($0.probability)
        return sum >= wanted
      }
      if let last { kept = Array(kept[...last]) }
    }
    if let minP = sampling.minP {
      let least = minP * kept[0].probability
      kept = kept.filter { $0.probability >= least }
    }
    return kept
  }
}
