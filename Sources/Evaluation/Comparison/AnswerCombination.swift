public import Baselines
public import Ensembling

/// A way to make one answer of several finished ones, before it knows who answers.
public enum AnswerCombination: Sendable, Hashable {
  /// The answer that most give, read in this form.
  case voting(AnswerForm)
  /// The answer that is most like the others.
  case minimumBayesRisk(TextSimilarity)
  /// The answer that the members rank first, or the ensemble's after it has read the best of them.
  case rank(Ranking, best: Int?)

  /// How the members rank answers.
  public enum Ranking: String, Sendable, Hashable, CaseIterable {
    /// By mean likelihood.
    case likelihood
    /// By wins.
    case pairwise
  }

  /// Lets members, each alone, and an ensemble of them answer.
  ///
  /// - Parameters:
  ///   - members: The members, one or more. The earlier win ties.
  ///   - ensemble: An ensemble that answers as well, before the members; `nil` for the members alone. Where answers are
  ///     ranked with a number of the best, it is also who answers last.
  ///   - separator: What stands between the conversation and an answer that is scored; `nil` for what a member's prompt
  ///     asks for.
  /// - Throws: ``EvaluationError`` where there is no member, `EnsembleError` where one cannot answer alone.
  public func answering(
    _ members: [Member], with ensemble: Ensemble?, separator: String? = nil
  ) throws -> any Answering {
    guard !members.isEmpty else {
      throw EvaluationError(.incomplete, "There is no member to answer", remedy: "Name one or more.")
    }
    let alone = try members.map { member in
      var required = member
      required.policy = .required
      return try Ensemble(members: [required], fusion: MainModelOnly())
    }
    let answerers: [any Answering] = (ensemble.map { [$0] } ?? []) + alone
    switch self {
    case .voting(let form): return Voting(answerers) { form.normalised($0) }
    case .minimumBayesRisk(let similarity): return MinimumBayesRisk(answerers, similarity: similarity)
    case .rank(let ranking, let best):
      let ranker: any CandidateRanker =
        switch ranking {
        case .likelihood: LikelihoodRanker(alone, separator: separator)
        case .pairwise: PairwiseRanker(alone, separator: separator)
        }
      let conditioning = ensemble.flatMap { ensemble in
        best.map { RankThenFuse.Conditioning(ensemble, candidateCount: $0) }
      }
      return RankThenFuse(answerers, ranker: ranker, conditioning: conditioning)
    }
  }
}
