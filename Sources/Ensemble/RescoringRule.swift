public import Fusion
internal import ModelBackends

/// The main model's likeliest tokens are scored by the assistants as bytes, in tokens of their own.
///
/// Needs neither embeddings nor shared tokens; every assistant needs a backend with a tokenizer, or sessions that score
/// continuations.
public struct RescoringRule: EnsembleRule {
  /// How many of the main model's likeliest tokens are scored.
  public var candidates: Int
  /// How the members' distributions over the candidates become one.
  public var combination: any FusionRule

  /// Makes the rule.
  ///
  /// - Precondition: There is at least one candidate.
  public init(candidates: Int = 20, combination: any FusionRule = MeanFusion()) {
    precondition(candidates > 0, "\(candidates) candidates cannot be scored.")
    self.candidates = candidates
    self.combination = combination
  }

  /// "Rescoring of 20".
  public var name: String { "Rescoring of \(candidates)" }

  /// Prepares the rule, which takes no time.
  public func fusion(
    for members: [Member], weights: [Float], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) -> any TokenFusion {
    RescoringFusion(
      vocabularies: members.map(\.backend.vocabulary), weights: weights, candidates: candidates,
      combination: combination)
  }
}

extension EnsembleRule where Self == RescoringRule {
  /// The main model's likeliest tokens are scored by the assistants as bytes.
  public static func rescoring(candidates: Int = 20, combination: any FusionRule = MeanFusion()) -> RescoringRule {
    RescoringRule(candidates: candidates, combination: combination)
  }
}
