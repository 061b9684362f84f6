internal import Baselines
package import Ensembling

/// The answer that the members rank first, or the ensemble's answer after it has read the best of them.
package struct RankCombination: AnswerCombination, Hashable {
  /// The ways in which members rank answers.
  package enum Ranking: String, Sendable, Hashable, CaseIterable {
    /// By mean likelihood.
    case likelihood
    /// By wins.
    case pairwise
  }

  /// The way in which the members rank answers.
  package var ranking: Ranking
  /// The number of best answers that an ensemble reads before it answers last; `nil` for the best answer itself.
  package var best: Int?

  /// `rank`.
  package static let description = RuleDescription(
    "rank",
    "the answer that the members rank first (after arXiv 2306.02561); with=RULE: the ensemble reads the best",
    settings: [
      .choice("by", default: Ranking.likelihood),
      .count("best", default: 3, or: ["none"]).counting("with a rule: with=RULE") { $0.word("with") != "none" },
    ])

  /// Creates the combination from settings that have been checked.
  package init(_ settings: RuleSettings) {
    ranking = settings.choice("by")
    best = settings.count(ifAny: "best")
  }

  /// Creates a responder in which all answer.
  package func answering(_ alone: [Ensemble], with ensemble: Ensemble?, separator: String?) -> any Answering {
    let ranker: any CandidateRanker =
      switch ranking {
      case .likelihood: LikelihoodRanker(alone, separator: separator)
      case .pairwise: PairwiseRanker(alone, separator: separator)
      }
    let conditioning = ensemble.flatMap { ensemble in
      best.map { RankThenFuse.Conditioning(ensemble, candidateCount: $0) }
    }
    return RankThenFuse((ensemble.map { [$0] } ?? []) + alone, ranker: ranker, conditioning: conditioning)
  }
}
