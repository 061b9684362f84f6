public import Ensembling

extension NamedRule {
  /// One combination of the rule's settings.
  public struct Variant: Sendable {
    /// The name and the settings.
    public let configuration: RuleConfiguration
    /// The rule that fuses tokens, with the members' weights; `nil` where only the members' finished answers are
    /// combined.
    let fusing: ConfiguredRule?
    /// The combination of finished answers: those of the members and, with a rule, the ensemble's; `nil` for the
    /// ensemble's own answer.
    package let answers: (any AnswerCombination)?

    /// Whether it fuses tokens, rather than combining finished answers.
    public var fusesTokens: Bool { answers == nil }

    /// The row's name.
    public var label: String { configuration.label }

    /// The rule with its weights, if it fuses tokens.
    ///
    /// - Throws: `EnsembleError` where finished answers are combined, which have no distributions.
    public func rule() throws -> ConfiguredRule {
      guard let fusing, answers == nil else {
        throw EnsembleError(
          .unknownRule, "\(label) combines finished answers",
          remedy: "Name a rule that fuses tokens, such as \(RuleRegistry.standardName).")
      }
      return fusing
    }

    /// The rule alone, for studies that set the weights.
    ///
    /// - Throws: `EnsembleError` where finished answers are combined, or where the variant has weights of its own,
    ///   which would be lost.
    public func tokenRule() throws -> any EnsembleRule {
      let configured = try rule()
      guard configured.weights == .average else {
        throw EnsembleError(
          .unknownRule, "\(label) has weights of its own, and here they are set otherwise", remedy: "Leave them out.")
      }
      return configured.rule
    }
  }
}
