package import Ensembling

/// A control: the main model alone, its logits divided by a temperature.
///
/// The order of tokens stays the same. Only bits per byte and sampled answers can change, greedy answers cannot; an
/// ensemble's gain in bits per byte over this control does not come from the main model's own over- or underconfidence.
package struct TemperatureFusion: TokenFusion, Hashable {
  /// The divisor of logits.
  package let temperature: Float

  /// Creates the rule.
  ///
  /// - Precondition: `temperature` is positive and finite.
  package init(temperature: Float) {
    precondition(temperature > 0 && temperature.isFinite, "A temperature is positive and finite, not \(temperature).")
    self.temperature = temperature
  }

  /// The main model's logits, divided by the temperature.
  package func fuse(_ step: Step) -> FusedLogits {
    FusedLogits(
      logits: temperature == 1 ? step.main : step.main.map { $0 / temperature }, weights: step.weights(ofMembers: []))
  }
}

/// The recipe for ``TemperatureFusion``.
package struct TemperatureRule: EnsembleRule, Hashable {
  /// The divisor of the main model's logits.
  package var temperature: Float

  /// Creates the recipe.
  package init(temperature: Float) {
    self.temperature = temperature
  }

  /// A name for tables.
  package var name: String { "main model, temperature \(temperature)" }

  /// The rule; it needs nothing from the members.
  package func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) -> any TokenFusion {
    TemperatureFusion(temperature: temperature)
  }
}
