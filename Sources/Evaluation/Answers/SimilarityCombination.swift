package import Baselines
package import Ensembling

/// The answer that is most like the others.
package struct SimilarityCombination: AnswerCombination, Hashable {
  /// The measure of similarity between two answers.
  package var similarity: TextSimilarity

  /// `mbr`.
  package static let description = RuleDescription(
    "mbr", "the answer that is most like the other members' (minimum Bayes risk); with=RULE as for voting",
    settings: [.choice("similarity", default: TextSimilarity.chrF)])

  /// Creates the combination from settings that have been checked.
  package init(_ settings: RuleSettings) { similarity = settings.choice("similarity") }

  /// Creates a responder in which all answer.
  package func answering(_ alone: [Ensemble], with ensemble: Ensemble?, separator: String?) -> any Answering {
    MinimumBayesRisk((ensemble.map { [$0] } ?? []) + alone, similarity: similarity)
  }
}
