public import Fusion
internal import ModelBackends

/// The assistants score the main model's likeliest tokens as bytes, in tokens of their own.
///
/// It needs no embeddings; every assistant needs a backend with a tokenizer, or sessions that score continuations.
public struct RescoringRule: EnsembleRule {
  /// The number of the main model's likeliest tokens that are scored.
  public var candidates: Int
  /// The combination of the members' distributions over the candidates.
  public var combination: any FusionRule

  /// Creates the rule.
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
  /// The assistants score the main model's likeliest tokens as bytes.
  public static func rescoring(candidates: Int = 20, combination: any FusionRule = MeanFusion()) -> RescoringRule {
    RescoringRule(candidates: candidates, combination: combination)
  }
}
