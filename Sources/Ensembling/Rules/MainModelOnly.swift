/// The main model's own logits, untouched: the baseline that every rule is compared with.
public struct MainModelOnly: TokenFusion {
  /// Makes the rule.
  public init() {}

  /// The main model's logits.
  public func fuse(_ main: [Float], with assistants: [[Float]?]) -> FusedLogits {
    FusedLogits(logits: main, weights: [1] + assistants.map { _ in 0 })
  }
}
