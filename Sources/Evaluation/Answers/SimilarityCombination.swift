public import Baselines
public import Ensembling

/// The answer that is most like the others.
public struct SimilarityCombination: AnswerCombination, Hashable {
  /// How alike two answers are.
  public var similarity: TextSimilarity

  /// `mbr`.
  public static let description = RuleDescription(
    "mbr", "the answer that is most like the other members' (minimum Bayes risk); with=RULE as for voting",
    settings: [.choice("similarity", default: TextSimilarity.chrF)])

  /// Makes the combination of settings that have been checked.
  public init(_ settings: RuleSettings) { similarity = settings.choice("similarity") }

  /// Lets all answer.
  public func answering(_ alone: [Ensemble], with ensemble: Ensemble?, separator: String?) -> any Answering {
    MinimumBayesRisk((ensemble.map { [$0] } ?? []) + alone, similarity: similarity)
  }
}
