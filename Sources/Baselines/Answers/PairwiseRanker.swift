public import Ensembling
public import ModelBackends

/// Ranks answers by wins: every two answers are compared under every member, and the one with the higher likelihood per
/// byte wins.
///
/// LLM-Blender (arXiv 2306.02561) trains a model for these comparisons; likelihoods need no training. A draw is half a
/// win for each. An empty answer loses against every other.
public struct PairwiseRanker: CandidateRanker {
  private let likelihoods: MemberLikelihoods

  /// Creates a ranker.
  ///
  /// - Parameters:
  ///   - scorers: The scorers; usually each member alone.
  ///   - separator: The text between the conversation and an answer; `nil` for the one that a scorer's prompt needs.
  /// - Precondition: There is a scorer.
  public init(_ scorers: [Ensemble], separator: String? = nil) {
    likelihoods = MemberLikelihoods(scorers, separator: separator)
  }

  /// Counts the wins of each answer, over all members.
  ///
  /// - Throws: `EnsembleError`, with the code `unsupported` where a scorer's main model has no tokenizer.
  /// - Complexity: One score for each answer and scorer.
  public func scores(of candidates: [String], after messages: [Message]) async throws -> [Double] {
    let members = try await likelihoods.perByte(of: candidates, after: messages)
    return candidates.indices.map { index in
      members.reduce(0) { wins, values in
        wins
          + values.indices.reduce(0) { sum, other in
            other == index ? sum : sum + (values[index] > values[other] ? 1 : values[index] == values[other] ? 0.5 : 0)
          }
      }
    }
  }
}
