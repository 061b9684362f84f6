public import Fusion
internal import LinearAlgebra
public import ModelBackends
package import RelativeSpace

/// The standard rule: byte prefixes for each pair, one full step of expectation–maximisation, and the geometric mean.
///
/// Token w of the main model belongs to one anchor of each pair, the longest byte string shared by the two that is a
/// prefix of w. With m(a) the main model's probability of the tokens of anchor a, and r(a) the assistant's probability
/// of its own, the assistant's distribution in the main model's vocabulary is q(w) = s(a)·p(w), whose anchors have the
/// assistant's shares and whose tokens keep their proportions within an anchor:
///
/// ```
/// s(a) = r(a) / m(a) / R     R = Σ r(b) over the anchors with m(b) > 0, the share of r that the main model can reach
/// ```
///
/// The distributions are multiplied. No member may rule a token out alone: a share ε of their mean is mixed into each.
///
/// ```
/// log p′(w) = Σ αⱼ·log((1 − ε)·qⱼ(w) + ε·Σ αₖ·qₖ(w))
///           = Σ αⱼ·log p(w) + Σ αⱼ·log((1 − ε)·sⱼ(w) + ε·Σ αₖ·sₖ(w)),   s = 1 for the main model
/// ```
///
/// log p(w) is a logit minus a constant. With one assistant the second sum is one number per anchor; with more, one per
/// token. `PairwiseFusion` computes the same from its general parts, through distributions.
///
/// - Complexity: Two passes over each vocabulary, and logarithms for anchors or tokens.
public struct StandardFusion: TokenFusion {
  /// The alignments of an assistant and the main model with the byte strings that those two share.
  public struct Pair: Sendable {
    /// The main model's anchors.
    package let main: BytePrefixAlignment
    /// The assistant's anchors.
    package let assistant: BytePrefixAlignment

    /// Aligns two vocabularies.
    public init(main: Vocabulary, assistant: Vocabulary) throws {
      let anchors = try BytePrefixAnchors(shared: [main, assistant])
      self.main = BytePrefixAlignment(main, anchors: anchors)
      self.assistant = BytePrefixAlignment(assistant, anchors: anchors)
    }
  }

  /// The pairs, one for each assistant.
  package let pairs: [Pair]
  /// ε, the share of the mean that is mixed into every distribution.
  package let smoothing: Float

  /// Creates the rule.
  ///
  /// - Precondition: `smoothing` is above 0 and below 1.
  public init(pairs: [Pair], smoothing: Float = GeometricFusion().smoothing) {
    precondition(smoothing > 0 && smoothing < 1, "A share of \(smoothing) cannot be mixed in.")
    self.pairs = pairs
    self.smoothing = smoothing
  }

  /// Fuses the members' logits.
  ///
  /// Where no assistant with a weight takes part in the step, or all agree with the main model, the result is the main
  /// model's own logits.
  ///
  /// - Throws: `FusionError` where lengths do not fit, `LinearAlgebraError` for logits that have no softmax,
  ///   `InverseSearchError` with the code `diverged` where an assistant has probability only where the main model has
  ///   none.
  public func fuse(_ step: Step) throws -> FusedLogits {
    try check(step)
    guard step.counting != [0] else { return step.mainAlone }
    let weights = step.counting.map { step.weights[$0] }
    let opinions = try opinions(in: step)
    // With one assistant, factors are pooled in the pass that computes them.
    let pool = opinions.count == 1 ? GroupFactors.Pool(weights: (weights[0], weights[1]), smoothing: smoothing) : nil
    let factors = opinions.map { GroupFactors(of: $0.wanted, to: $0.own, pool: pool) }
    if factors.allSatisfy({ $0.distance == 0 }) { return step.mainAlone }
    var logits = pooled(factors, opinions, weights, step.main)
    let isExact = factors.allSatisfy { $0.largestRatio <= GroupFactors.largestPooled && $0.missing <= 0.5 }
    if !isExact || logits == nil {
      let exact = try ExactPool(opinions, weights: weights, smoothing: smoothing)
      let isOutOfReach = factors.contains { $0.missing > 0.5 }
      logits = try exact.logits(of: step.main, insteadOf: isOutOfReach ? nil : logits)
    }
    return FusedLogits(logits: logits ?? step.main, weights: step.weights)
  }

  /// An assistant's distribution: the shares of a pair's anchors, of the assistant and of the main model.
  struct Opinion {
    /// r.
    var wanted: GroupedSoftmax
    /// m.
    var own: GroupedSoftmax
    /// The anchor of each token of the main model.
    var anchors: [Int32]
  }

  /// Checks that there are a pair for each assistant and an anchor for each logit.
  private func check(_ step: Step) throws {
    try FusionError.check(step, memberCount: pairs.count + 1)
    for (index, pair) in pairs.enumerated() {
      try FusionError.check(step.main, ofMember: 0, through: pair.main)
      try FusionError.check(step.logits[index + 1], ofMember: index + 1, through: pair.assistant)
    }
  }

  /// r and m of every assistant with a weight.
  private func opinions(in step: Step) throws -> [Opinion] {
    let assistants = step.counting.dropFirst()
    let inputs = assistants.flatMap { assistant in
      let pair = pairs[assistant - 1]
      return [
        GroupedSoftmax.Input(
          step.logits[assistant] ?? [], at: pair.assistant.anchorOfToken, count: pair.assistant.anchorCount),
        GroupedSoftmax.Input(step.main, at: pair.main.anchorOfToken, count: pair.main.anchorCount),
      ]
    }
    guard let masses = GroupedSoftmax.all(inputs) else {
      // One of them has no softmax; the first one's error says why.
      for member in step.counting { _ = try finiteMaximum(of: step.logits[member] ?? []) }
      preconditionFailure("Logits with a finite maximum have a softmax.")
    }
    return assistants.enumerated().map { index, assistant in
      Opinion(wanted: masses[2 * index], own: masses[2 * index + 1], anchors: pairs[assistant - 1].main.anchorOfToken)
    }
  }

  /// Σ αⱼ·log p(w) + the pooled factors, in single precision; `nil` where no result is finite.
  private func pooled(
    _ factors: [GroupFactors], _ opinions: [Opinion], _ weights: [Float], _ main: [Float]
  ) -> [Float]? {
    let sum = weights.reduce(0, +)
    if factors.count == 1 {
      return opinions[0].own.logarithms(of: main, times: sum, adding: factors[0].values, at: opinions[0].anchors)
    }
    let ones = [Float](repeating: 1, count: main.count)
    let all = zip(factors, opinions).map { elements(of: $0.values, at: $1.anchors) }
    let pooled = logarithmicPool([ones] + all, weights: weights, smoothing: smoothing)
    return opinions[0].own.logarithms(of: main, times: sum, adding: pooled, at: nil)
  }
}
