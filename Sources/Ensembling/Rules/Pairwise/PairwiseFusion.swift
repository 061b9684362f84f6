package import Fusion
package import InverseSearch
import LinearAlgebra
package import RelativeSpace

/// Fuses through the anchors that each assistant shares with the main model (``PairwiseRule``).
///
/// With one-hot rows, one step of `EMSearch` and the mean, two members get exactly the result of ``DeePEnFusion``.
///
/// - Complexity: For each assistant that of a projection and a search; O(V) for each member in the combination.
package struct PairwiseFusion: TokenFusion {
  /// The alignments of an assistant and the main model with the anchors that those two share.
  package struct Pair: Sendable {
    /// The main model's alignment.
    package var main: any TokenAlignment
    /// The assistant's alignment.
    package var assistant: any TokenAlignment

    /// Creates a pair.
    ///
    /// - Throws: `FusionError` where they do not have the same number of anchors.
    package init(main: any TokenAlignment, assistant: any TokenAlignment) throws {
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
  package let pairs: [Pair]
  /// The combination of the distributions over the main model's vocabulary.
  package let combination: any FusionRule
  /// The search that maps an assistant's distribution to the main model's vocabulary.
  package let search: any InverseSearch
  /// The change of the weights from step to step.
  package let weighting: any StepWeighting

  /// Creates the rule.
  package init(
    pairs: [Pair], combination: any FusionRule = GeometricFusion(), search: any InverseSearch = EMSearch(),
    weighting: any StepWeighting = ConstantWeighting()
  ) {
    self.pairs = pairs
    self.combination = combination
    self.search = search
    self.weighting = weighting
  }

  /// Fuses the members' logits.
  ///
  /// Where no assistant with a weight takes part in the step, the result is the main model's own logits.
  package func fuse(_ step: Step) throws -> FusedLogits {
    try check(step)
    let counting = step.counting
    guard counting != [0] else { return step.mainAlone }
    let opinions = try counting.map { try $0 == 0 ? step.softmax(of: 0) : opinion(of: $0, in: step) }
    let weights = try weighting.weights(in: step, relatives: opinions)
    return FusedLogits(
      logits: try combination.logits(opinions, weights: weights), weights: step.weights(of: counting, weights))
  }

  /// Checks that there are a pair for each assistant and a row for each logit.
  private func check(_ step: Step) throws {
    try FusionError.check(step, memberCount: pairs.count + 1)
    for (index, pair) in pairs.enumerated() {
      try FusionError.check(step.main, ofMember: 0, through: pair.main)
      try FusionError.check(step.logits[index + 1], ofMember: index + 1, through: pair.assistant)
    }
  }

  /// The main model's distribution, moved toward an assistant's, `[V]`.
  private func opinion(of assistant: Int, in step: Step) throws -> [Float] {
    let pair = pairs[assistant - 1]
    let target = pair.assistant.project(try step.softmax(of: assistant))
    try FusionError.check(target, ofMember: assistant)
    let start = try SearchStart(
      logits: step.main, probabilities: step.softmax(of: 0), target: target, alignment: pair.main)
    let found = try search.search(start)
    return try found.probabilities ?? softmax(found.logits)
  }
}
