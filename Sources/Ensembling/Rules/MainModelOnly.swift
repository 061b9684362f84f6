/// The main model's own logits, unchanged: the baseline that every rule is compared with.
public struct MainModelOnly: TokenFusion {
  /// Creates the rule.
  public init() {}

  /// Returns the main model's logits.
  public func fuse(_ step: Step) -> FusedLogits {
    FusedLogits(logits: step.main, weights: step.logits.indices.map { $0 == 0 ? 1 : 0 })
  }
}
