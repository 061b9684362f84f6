public import ModelBackends

/// Ranks several answers to a conversation.
public protocol CandidateRanker: Sendable {
  /// Scores each answer; higher is better. Only the order counts.
  ///
  /// - Parameters:
  ///   - candidates: The answers, all different.
  ///   - messages: The conversation that they answer.
  /// - Returns: A score for each answer.
  /// - Throws: An error that says why answers cannot be compared.
  func scores(of candidates: [String], after messages: [Message]) async throws -> [Double]
}
