public import Fusion
public import InverseSearch
import LinearAlgebra
public import RelativeSpace

/// Every assistant meets the main model through the anchors that those two share; what comes of it is combined in the
/// main model's vocabulary.
///
/// ```
/// rᵢ = pᵢ·R̂ᵢ    qᵢ = search from z_main toward rᵢ through the main model's R̂ of pair i    p′ ∝ combination(p_main, q₁, …)
/// ```
///
/// The anchors that all members share get few when there are more members; those of a pair do not. With one-hot rows,
/// one step of `EMSearch` and the mean, two members get exactly what ``DeePEnFusion`` gives them.
///
/// - Complexity: For each assistant that of a projection and a search; O(V) for each member in the combination.
public struct PairwiseFusion: WeightedFusion {
  /// How an assistant and the main model meet.
  public struct Pair: Sendable {
    /// The main model's way to the pair's anchors.
    public var main: any TokenAlignment
    /// The assistant's way to the pair's anchors.
    public var assistant: any TokenAlignment

    /// Makes a pair.
    ///
    /// - Throws: `FusionError` where they do not have the same number of anchors.
    public init(main: any TokenAlignment, assistant: any TokenAlignment) throws {
      guard main.anchorCount == assistant.anchorCount else {
        throw FusionError(
          .lengthMismatch,
          "The main model's alignment has \(main.anchorCount) anchors, the assistant's \(assistant.anchorCount)",
          remedy: "Align both with the same anchors.")
      }
      self.main = main
      self.assistant = assistant
    }
  }

  /// The pairs, one for each assistant.
  public let pairs: [Pair]
  /// The members' weights; the main model's first, their sum is 1.
  public var weights: [Float]
  /// How distributions over the main model's vocabulary become one.
  public let combination: any FusionRule
  /// How an assistant's opinion is brought into the main model's vocabulary.
  public let search: any InverseSearch
  /// How the weights change from step to step.
  public let weighting: any StepWeighting

  /// Makes the rule.
  ///
  /// - Throws: `FusionError` where there is not a weight for the main model and for each pair.
  public init(
    pairs: [Pair], weights: [Float], combination: any FusionRule = GeometricFusion(),
    search: any InverseSearch = EMSearch(), weighting: any StepWeighting = ConstantWeighting()
  ) throws {
    try MemberWeights.check(weights, memberCount: pairs.count + 1)
    self.pairs = pairs
    self.weights = weights
    self.combination = combination
    self.search = search
    self.weighting = weighting
  }

  /// Fuses the members' logits.
  ///
  /// The weights of those that have a part in the step are divided by their sum. Where no assistant with a weight has
  /// one, the answer is the main model's own.
  public func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    guard assistants.count == pairs.count else {
      throw FusionError(
        .lengthMismatch, "There are \(pairs.count) pairs for \(assistants.count) assistants",
        remedy: "Give one for each assistant.")
    }
    for (index, pair) in pairs.enumerated() {
      try FusionError.check(main, ofMember: 0, through: pair.main)
      try FusionError.check(assistants[index], ofMember: index + 1, through: pair.assistant)
    }
    let shares = MemberShares.shares(of: weights, present: [true] + assistants.map { $0 != nil })
    guard zip(assistants, shares.dropFirst()).contains(where: { $0 != nil && $1 > 0 }) else {
      return FusedLogits(logits: main, weights: shares)
    }
    let counting = assistants.indices.compactMap { index in
      shares[index + 1] > 0 ? assistants[index].map { (pair: index, logits: $0) } : nil
    }
    let present = [0] + counting.map { $0.pair + 1 }
    let constant = present.map { shares[$0] }
    if weighting is ConstantWeighting, let logits = singleOnesLogits(main, with: counting, weights: constant) {
      return FusedLogits(logits: logits, weights: counted(constant, of: present))
    }
    let own = try softmax(main)
    var distributions = [own]
    var opinions = distributions
    for (pair, assistant) in counting {
      distributions.append(try softmax(assistant))
      let target = pairs[pair].assistant.project(distributions[distributions.count - 1])
      try FusionError.check(target, ofMember: pair + 1)
      opinions.append(try opinion(from: main, withSoftmax: own, toward: target, through: pairs[pair].main))
    }
    let weights = try weighting.weights(
      in: WeightingStep(weights: constant, distributions: distributions, relatives: opinions))
    let logits =
      if let combination = combination as? any LogarithmicFusion {
        try combination.logits(opinions, weights: weights)
      } else {
        logarithms(of: try combination.fuse(opinions, weights: weights))
      }
    return FusedLogits(logits: logits, weights: counted(weights, of: present))
  }

  /// Every member's weight, zero for those that have no part.
  private func counted(_ weights: [Float], of present: [Int]) -> [Float] {
    var counted = [Float](repeating: 0, count: pairs.count + 1)
    for (member, weight) in zip(present, weights) { counted[member] = weight }
    return counted
  }

  /// The main model's distribution, moved toward a target.
  private func opinion(
    from main: [Float], withSoftmax own: [Float], toward target: [Float], through alignment: any TokenAlignment
  ) throws -> [Float] {
    if let search = search as? any DistributionSearch {
      return try search.distribution(from: main, withSoftmax: own, toward: target, through: alignment)
    }
    return try softmax(search.search(from: main, toward: target, through: alignment).logits)
  }
}
