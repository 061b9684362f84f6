public import ModelBackends

/// Says which of several answers to a conversation is best.
public protocol CandidateRanker: Sendable {
  /// How good each answer is; the greater the better. Only the order counts.
  ///
  /// - Parameters:
  ///   - candidates: The answers, all different.
  ///   - messages: The conversation that they answer.
  /// - Returns: A number for each answer.
  /// - Throws: An error that says why answers cannot be compared.
  func scores(of candidates: [String], after messages: [Message]) async throws -> [Double]
}
