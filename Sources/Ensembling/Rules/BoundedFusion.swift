/// A rule that can tell, without fusing, that it will not change the main model's choice.
public protocol BoundedFusion: TokenFusion {
  /// Whether the token that the main model finds likeliest is surely the likeliest one after fusion too, and the only one.
  ///
  /// `false` is always right, and the answer for input that fusion would refuse. `ResponseOptions.skipping` leaves the fusion out where the answer is `true`.
  ///
  /// - Parameters:
  ///   - main: The main model's logits, `[vocabulary]`.
  ///   - assistants: Each assistant's logits; `nil` for one that has no part in this step.
  func keepsMainChoice(_ main: [Float], with assistants: [[Float]?]) -> Bool
}
