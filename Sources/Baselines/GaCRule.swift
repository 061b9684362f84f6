public import Ensembling
internal import ModelBackends

/// GaC: the members' distributions are averaged over the union of their vocabularies (Yu and others, arXiv 2406.12585).
///
/// Tokens with the same bytes are one in the union. With a threshold, only steps at which the main model's likeliest
/// token is less likely than that are fused, the paper's ensemble "at critical steps".
///
/// The paper's members all read the chosen token of the union. Here answers are written in the main model's tokens: a
/// token of the union that the main model lacks is replaced by the first one of its tokenisation.
public struct GaCRule: EnsembleRule, Hashable {
  /// θ, the probability of the main model's likeliest token below which steps are fused; `nil` for always.
  package var threshold: Float?

  /// Creates the rule; with a threshold of 1, steps are fused wherever the main model is not entirely certain.
  package init(threshold: Float? = nil) {
    self.threshold = threshold
  }

  /// "GaC", with the threshold.
  public var name: String { threshold.map { "GaC (θ \($0))" } ?? "GaC" }

  /// Maps each assistant's tokens to the main model's.
  ///
  /// - Throws: `EnsembleError` with the code `invalidOptions` where the threshold is not a probability,
  ///   `RelativeSpaceError` where an assistant shares no token with the main model, `CancellationError`.
  /// - Complexity: One tokenisation for each assistant token that the main model lacks.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    if let threshold, !(0...1).contains(threshold) {
      throw EnsembleError(
        .invalidOptions, "the threshold \(threshold) is no probability", remedy: "Use 0 to 1, or none for always.")
    }
    try members.checkThatTokensAreShared()
    let main = members[0].backend
    let first = FirstTokens(main)
    let assistants = members.dropFirst()
    let maps = try assistants.enumerated().map { index, member in
      try Task.checkCancellation()
      let map = MappedFusion.map(from: member.backend.vocabulary, to: main.vocabulary) { _, bytes in
        first.token(for: Array(bytes))
      }
      let done = Double(index + 1) / Double(assistants.count)
      progress(EnsembleProgress(activity: "joining the vocabulary of \(member.name)", fraction: done))
      return map
    }
    return MappedFusion(maps: maps, threshold: threshold)
  }
}

extension EnsembleRule where Self == GaCRule {
  /// GaC (arXiv 2406.12585): the mean over the union of the vocabularies, always or below a threshold.
  public static func gac(threshold: Float? = nil) -> GaCRule { GaCRule(threshold: threshold) }
}
