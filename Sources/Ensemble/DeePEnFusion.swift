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
public struct DeePEnFusion: TokenFusion {
  /// Each member's way to the anchors; the main model's first.
  public let alignments: [any Alignment]
  /// The members' weights αᵢ; their sum is 1.
  public let weights: [Float]
  /// How relative distributions become one.
  public let combination: any FusionRule
  /// How the main model's distribution is found that lies closest.
  public let search: any InverseSearch

  /// Makes the rule.
  ///
  /// - Precondition: As many weights as alignments, at least one, all alignments with the same number of anchors.
  public init(
    alignments: [any Alignment], weights: [Float], combination: any FusionRule = MeanFusion(),
    search: any InverseSearch = AdamWSearch()
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
  }

  /// Fuses the members' logits.
  public func fuse(_ logits: [[Float]]) throws -> FusedLogits {
    precondition(logits.count == alignments.count, "\(alignments.count) members answer with as many logits.")
    let relatives = try zip(alignments, logits).map { alignment, logits in
      alignment.project(try softmax(logits))
    }
    let target = try combination.fuse(relatives, weights: weights)
    let found = try search.search(from: logits[0], toward: target, through: alignments[0])
    return FusedLogits(logits: found.logits, losses: found.losses)
  }
}
