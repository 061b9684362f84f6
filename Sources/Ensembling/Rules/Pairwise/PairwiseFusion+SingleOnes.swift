import Fusion
import InverseSearch
import LinearAlgebra
import RelativeSpace

extension PairwiseFusion {
  /// The logits of a step in byte prefixes with one full step of `EMSearch`, combined geometrically: what the formulas come to
  /// where all tokens of an anchor are moved by one factor.
  ///
  /// With sᵢ the factor that assistant i's anchor of token w is moved by, qᵢ(w) = sᵢ·p(w), and so
  ///
  /// ```
  /// Σ αⱼ·log((1 − ε)·qⱼ(w) + ε·Σ αₖ·qₖ(w)) = Σ αⱼ·log p(w) + Σ αⱼ·log((1 − ε)·sⱼ + ε·Σ αₖ·sₖ)
  /// ```
  ///
  /// with s = 1 for the main model. log p(w) is a logit less a constant. With one assistant, the second sum is one number an
  /// anchor; with more, one a token.
  ///
  /// - Parameters:
  ///   - main: The main model's logits.
  ///   - assistants: The assistants that have a part, with their places among the pairs.
  ///   - weights: The main model's and theirs.
  /// - Returns: `nil` where another rule, another alignment or numbers that need a closer look ask for the way through
  ///   distributions, which is also the one that says what is wrong.
  /// - Complexity: Two passes over each vocabulary, and logarithms for anchors or tokens.
  func singleOnesLogits(_ main: [Float], with assistants: [(pair: Int, logits: [Float])], weights: [Float]) -> [Float]?
  {
    guard let combination = combination as? GeometricFusion, let search = search as? EMSearch else { return nil }
    var inputs: [GroupedSoftmax.Input] = []
    var ways: [BytePrefixAlignment] = []
    for (pair, logits) in assistants {
      guard let ours = pairs[pair].main as? BytePrefixAlignment,
        let theirs = pairs[pair].assistant as? BytePrefixAlignment,
        ours.vocabularyCount == main.count, theirs.vocabularyCount == logits.count
      else { return nil }
      ways.append(ours)
      inputs.append(GroupedSoftmax.Input(logits, at: theirs.anchorOfToken, count: theirs.anchorCount))
      inputs.append(GroupedSoftmax.Input(main, at: ours.anchorOfToken, count: ours.anchorCount))
    }
    guard let placed = GroupedSoftmax.all(inputs) else { return nil }
    // With one assistant, factors are pooled in the pass that finds them.
    let pool = ways.count == 1 ? try? combination.pool(weights: weights) : nil
    var values: [[Float]] = []
    for index in ways.indices {
      let moved = GroupFactors(of: placed[2 * index], to: placed[2 * index + 1], pool: pool)
      // What is left of nearly nothing is not exact.
      guard search.isPlain(largestRatio: moved.largestRatio, distance: moved.distance), moved.missing <= 0.5,
        pool == nil || moved.largestRatio <= GroupFactors.largestPooled
      else { return nil }
      values.append(moved.values)
    }
    let sum = weights.reduce(0, +)
    if pool != nil {
      return placed[1].logarithms(of: main, times: sum, adding: values[0], at: ways[0].anchorOfToken)
    }
    let factors = zip(values, ways).map { elements(of: $0, at: $1.anchorOfToken) }
    let ones = [Float](repeating: 1, count: main.count)
    guard let pooled = try? combination.logits([ones] + factors, weights: weights) else { return nil }
    return placed[1].logarithms(of: main, times: sum, adding: pooled, at: nil)
  }
}
