public import Fusion
public import InverseSearch
import LinearAlgebra
public import RelativeSpace

/// The published rule: into the relative space, fuse there, search back (arXiv 2404.12715).
///
/// ```
/// rᵢ = softmax(zᵢ)·R̂ᵢ     r̄ = Σ αᵢ rᵢ     z′ = search from z_main toward r̄
/// ```
///
/// - Complexity: O(V·A) for each member and for each step of the search, with dense alignments.
public struct DeePEnFusion: WeightedFusion {
  /// Each member's way to the anchors; the main model's first.
  public let alignments: [any Alignment]
  /// The members' weights αᵢ; their sum is 1.
  public var weights: [Float]
  /// How relative distributions become one.
  public let combination: any FusionRule
  /// How the main model's distribution is found that lies closest.
  public let search: any InverseSearch
  /// How the weights change from step to step.
  public let weighting: any StepWeighting

  /// Makes the rule.
  ///
  /// - Precondition: As many weights as alignments, at least one, all alignments with the same number of anchors.
  public init(
    alignments: [any Alignment], weights: [Float], combination: any FusionRule = MeanFusion(),
    search: any InverseSearch = AdamWSearch(), weighting: any StepWeighting = ConstantWeighting()
  ) {
    precondition(!alignments.isEmpty, "An ensemble has at least one member.")
    precondition(
      alignments.count == weights.count, "\(alignments.count) alignments cannot have \(weights.count) weights.")
    precondition(
      Set(alignments.map(\.anchorCount)).count == 1, "All members are aligned with the same anchors.")
    self.alignments = alignments
    self.weights = weights
    self.combination = combination
    self.search = search
    self.weighting = weighting
  }

  /// Fuses the members' logits.
  ///
  /// The weights of those that have a part in the step are divided by their sum. Where no other member with a weight has
  /// one, the answer is the main model's own.
  public func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    let logits = [main] + assistants
    precondition(
      logits.count == alignments.count, "\(alignments.count) alignments cannot serve \(logits.count) members.")
    let shares = MemberShares.shares(of: weights, present: logits.map { $0 != nil })
    guard shares.count == 1 || assistants.contains(where: { $0 != nil }) else {
      return FusedLogits(logits: main, weights: shares)
    }
    let present = logits.indices.filter { logits[$0] != nil }
    let distributions = try present.map { try softmax(logits[$0] ?? []) }
    let relatives = zip(present, distributions).map { alignments[$0].project($1) }
    let weights = try weighting.weights(
      in: WeightingStep(weights: present.map { shares[$0] }, distributions: distributions, relatives: relatives))
    let target = try combination.fuse(relatives, weights: weights)
    let found = try search.search(from: main, toward: target, through: alignments[0])
    var counted = [Float](repeating: 0, count: logits.count)
    for (member, weight) in zip(present, weights) { counted[member] = weight }
    return FusedLogits(logits: found.logits, weights: counted, losses: found.losses)
  }
}
