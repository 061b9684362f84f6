public import Ensemble
public import ModelBackends

/// Ranks answers by how likely the members find them: the mean over the members of each one's log-probability a byte, after
/// every member's are brought to the mean 0 and the standard deviation 1.
///
/// A member that finds everything unlikely counts as much as one that finds everything likely. An empty answer comes last.
public struct LikelihoodRanker: CandidateRanker {
  private let likelihoods: MemberLikelihoods

  /// Sets up a ranker.
  ///
  /// - Parameters:
  ///   - scorers: Who scores; usually each member alone.
  ///   - separator: What stands between the conversation and an answer.
  /// - Precondition: There is a scorer.
  public init(_ scorers: [Ensemble], separator: String = " ") {
    likelihoods = MemberLikelihoods(scorers, separator: separator)
  }

  /// The mean over the members.
  ///
  /// - Throws: `EnsembleError`, with the code `unsupported` where a scorer's main model has no tokenizer.
  /// - Complexity: A score for each answer and scorer.
  public func scores(of candidates: [String], after messages: [Message]) async throws -> [Double] {
    let members = try await likelihoods.perByte(of: candidates, after: messages).map(Self.normalised)
    return candidates.indices.map { place in
      members.reduce(0) { $0 + $1[place] } / Double(members.count)
    }
  }

  /// The numbers with the mean 0 and the standard deviation 1, or all 0 where they are equal; −∞ stays and does not count.
  private static func normalised(_ values: [Double]) -> [Double] {
    let finite = values.filter(\.isFinite)
    let mean = finite.reduce(0, +) / Double(max(finite.count, 1))
    let variance = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(finite.count, 1))
    return values.map { $0.isFinite ? (variance > 0 ? ($0 - mean) / variance.squareRoot() : 0) : $0 }
  }
}
