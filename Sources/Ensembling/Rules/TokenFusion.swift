/// A rule that makes one next-token distribution, in the main model's vocabulary, from every member's.
///
/// ``DeePEnFusion`` is the published rule. Others fit behind the same protocol, on the same members and the same loop.
public protocol TokenFusion: Sendable {
  /// Fuses the members' logits.
  ///
  /// Logits are numbers or −∞, with at least one number in each member's. Where a model has several tokens that end a
  /// generation, the usual one stands for all of them and the others are −∞.
  ///
  /// It is called in Swift's cooperative pool: it may compute, but not wait for others.
  ///
  /// - Parameters:
  ///   - main: The main model's logits, `[vocabulary]`.
  ///   - assistants: Each assistant's logits, `[members − 1][vocabulary]`; `nil` for one that has no part in this step, so
  ///     that the others' weights grow.
  /// - Returns: Logits in the main model's vocabulary.
  func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits
}

/// What a fusion rule answers.
public struct FusedLogits: Sendable {
  /// Logits in the main model's vocabulary.
  public var logits: [Float]
  /// How much each member counted in this step; the main model first. Empty where the rule has no weights.
  public var weights: [Float]
  /// The inverse search's loss before the first step and after each one; empty where the rule does not search.
  public var losses: [Float]
  /// How far the fused relative distribution is from the exact one at most, in the L1 distance; 0 for rules that compute it exactly
  /// or have none.
  public var errorBound: Float

  /// Makes an answer.
  public init(logits: [Float], weights: [Float] = [], losses: [Float] = [], errorBound: Float = 0) {
    self.logits = logits
    self.weights = weights
    self.losses = losses
    self.errorBound = errorBound
  }
}
