public import Fusion
internal import ModelBackends

/// The assistants score the main model's likeliest tokens as bytes, in tokens of their own.
///
/// An assistant scores the probability that the text continues with a candidate's bytes c, for any continuation after
/// them. The share of stopping there is the main model's own; the end of the answer is each assistant's own:
///
/// ```
/// s(c) = p_main(c) / Σ p_main(t), over the tokens t that begin with c
/// q(c) ∝ P_assistant(text goes on with c)·s(c)      q(end) ∝ P_assistant(end)
/// ```
///
/// The candidates keep the probability that the main model gives them together, and every other token keeps its own.
/// It needs no embeddings; every assistant needs a backend with a tokenizer, or sessions that score continuations.
public struct RescoringRule: EnsembleRule {
  /// The number of the main model's likeliest tokens that are scored.
  package var candidates: Int
  /// The combination of the members' distributions over the candidates.
  package var combination: any FusionRule

  /// Creates the rule.
  package init(candidates: Int = 20, combination: any FusionRule = MeanFusion()) {
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
