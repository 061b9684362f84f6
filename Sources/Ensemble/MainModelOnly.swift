/// The main model's own logits, untouched: the baseline that every rule is compared with.
public struct MainModelOnly: TokenFusion {
  /// Makes the rule.
  public init() {}

  /// The first member's logits.
  public func fuse(_ logits: [[Float]]) -> FusedLogits { FusedLogits(logits: logits[0]) }
}
