/// A rule that computes one next-token distribution, in the main model's vocabulary, from every member's.
///
/// ``DeePEnFusion`` is the published rule. Others conform to the same protocol, with the same members and the same
/// loop. A rule has one method to implement; ``Step`` holds everything that it may need.
public protocol TokenFusion: Sendable {
  /// The rule for one answer, before its first step; the rule itself by default.
  ///
  /// A rule that wraps another one must begin the other one too.
  ///
  /// - Parameter answer: The members' weights, and their scores of the prompt on request.
  func beginning(_ answer: AnswerStart) async throws -> any TokenFusion

  /// Fuses one step.
  ///
  /// It runs in Swift's cooperative pool: it may compute, and wait for members that it asks through the step, but must
  /// not block a thread.
  ///
  /// - Returns: Logits in the main model's vocabulary.
  func fuse(_ step: Step) async throws -> FusedLogits
}

extension TokenFusion {
  /// The rule itself.
  public func beginning(_ answer: AnswerStart) async throws -> any TokenFusion { self }
}

/// The result of a fusion rule.
public struct FusedLogits: Sendable {
  /// Logits in the main model's vocabulary.
  public var logits: [Float]
  /// The members' weights in this step; the main model's first. Empty where the rule has no weights.
  public var weights: [Float]
  /// The inverse search's loss before the first step and after each one; empty where the rule does not search.
  public var losses: [Float]
  /// A bound on the fused relative distribution's L1 distance from the exact one; 0 for rules that compute it exactly
  /// or have none.
  public var errorBound: Float

  /// Creates a result.
  public init(logits: [Float], weights: [Float] = [], losses: [Float] = [], errorBound: Float = 0) {
    self.logits = logits
    self.weights = weights
    self.losses = losses
    self.errorBound = errorBound
  }
}
