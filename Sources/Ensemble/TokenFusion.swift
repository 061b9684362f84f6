/// A rule that makes one next-token distribution, in the main model's vocabulary, from every member's.
///
/// ``DeePEnFusion`` is the published rule. Others fit behind the same protocol, on the same members and the same loop.
public protocol TokenFusion: Sendable {
  /// Fuses the members' logits.
  ///
  /// - Parameter logits: Each member's logits, `[members][vocabulary]`; the main model's first. They are numbers or −∞,
  ///   with at least one number in each member's.
  /// - Returns: Logits in the main model's vocabulary.
  func fuse(_ logits: [[Float]]) throws -> FusedLogits
}

/// What a fusion rule answers.
public struct FusedLogits: Sendable {
  /// Logits in the main model's vocabulary.
  public var logits: [Float]
  /// The inverse search's loss before the first step and after each one; empty where the rule does not search.
  public var losses: [Float]

  /// Makes an answer.
  public init(logits: [Float], losses: [Float] = []) {
    self.logits = logits
    self.losses = losses
  }
}
