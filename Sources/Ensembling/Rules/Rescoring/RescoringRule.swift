public import Fusion
internal import ModelBackends

/// The main model's likeliest tokens are scored by the assistants as bytes, in tokens of their own.
///
/// Needs no embeddings; every assistant needs a backend with a tokenizer, or sessions that score continuations.
public struct RescoringRule: EnsembleRule {
  /// How many of the main model's likeliest tokens are scored.
  public var candidates: Int
  /// How the members' distributions over the candidates become one.
  public var combination: any FusionRule

  /// Makes the rule.
  public init(candidates: Int = 20, combination: any FusionRule = MeanFusion()) {
    self.candidates = candidates
    self.combination = combination
  }

  /// "Rescoring of 20".
  public var name: String { "Rescoring of \(candidates)" }

  /// Prepares the rule, which takes no time.
  ///
  /// - Throws: ``EnsembleError`` with the code `invalidOptions` where there is no candidate, and `RelativeSpaceError`
  ///   where an assistant shares no token with the main model.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    guard candidates > 0 else {
      throw EnsembleError(
        .invalidOptions, "\(candidates) candidates cannot be scored", remedy: "Score 1 or more; 20 is usual.")
    }
    try members.checkThatTokensAreShared()
    return try RescoringFusion(
      vocabularies: members.map(\.backend.vocabulary), candidates: candidates, combination: combination)
  }
}

extension EnsembleRule where Self == RescoringRule {
  /// The main model's likeliest tokens are scored by the assistants as bytes.
  public static func rescoring(candidates: Int = 20, combination: any FusionRule = MeanFusion()) -> RescoringRule {
    RescoringRule(candidates: candidates, combination: combination)
  }
}
