public import Ensembling
internal import LinearAlgebra
public import ModelBackends

/// Ranks answers by the members' likelihoods: the mean over the members of each answer's share, e to the
/// log-probability per byte, divided by the sum over the answers.
///
/// A member that finds everything unlikely counts as much as one that finds everything likely, and one that hardly
/// distinguishes answers counts for little. An empty answer comes last.
public struct LikelihoodRanker: CandidateRanker {
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

  /// Computes the mean over the members.
  ///
  /// - Throws: `EnsembleError`, with the code `unsupported` where a scorer's main model has no tokenizer.
  /// - Complexity: One score for each answer and scorer.
  public func scores(of candidates: [String], after messages: [Message]) async throws -> [Double] {
    let members = try await likelihoods.perByte(of: candidates, after: messages).map(Self.shares)
    return candidates.indices.map { index in
      members.reduce(0) { $0 + $1[index] } / Double(members.count)
    }
  }

  /// The softmax of the numbers.
  private static func shares(_ values: [Double]) -> [Double] {
    guard let greatest = values.max(), greatest.isFinite else { return values.map { _ in 0 } }
    let powers = values.map { ElementaryFunctions.exp($0 - greatest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
