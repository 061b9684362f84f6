internal import ModelBackends
internal import RelativeSpace

/// The default rule of an ensemble: each assistant is aligned with the main model through the byte strings that they
/// share, and their distributions are multiplied (``StandardFusion``).
///
/// Of the rules that were measured on the bundled models with equal weights it gives right answers the highest
/// likelihood for two of three main models; some rules answer a few more questions (`Evaluation.md`). It needs no
/// embeddings, takes no settings but weights, and costs O(V) per step.
public struct StandardRule: EnsembleRule, Hashable {
  /// Creates the rule.
  package init() {}

  /// The name of the general rule with the same parts.
  public var name: String { PairwiseRule().name }

  /// Aligns every assistant with the main model.
  ///
  /// - Throws: `RelativeSpaceError` where an assistant shares no token with the main model, `CancellationError`.
  /// - Complexity: O(total number of bytes) hash lookups for each pair.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    try members.checkThatTokensAreShared()
    let main = members[0].backend.vocabulary
    let assistants = members.dropFirst()
    return StandardFusion(
      pairs: try assistants.enumerated().map { index, assistant in
        try Task.checkCancellation()
        let pair = try StandardFusion.Pair(main: main, assistant: assistant.backend.vocabulary)
        let fraction = Double(index + 1) / Double(assistants.count)
        progress(EnsembleProgress(activity: "aligning \(assistant.name)", fraction: fraction))
        return pair
      })
  }
}

extension EnsembleRule where Self == StandardRule {
  /// The default rule of an ensemble.
  public static var standard: StandardRule { StandardRule() }
}
