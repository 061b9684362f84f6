public import Baselines
public import Ensembling

/// The rule of a comparison's row, as written on a command line: `deepen:rate=0.3|0.5,steps=10,weights=adaptive` or
/// `voting:with=standard`.
///
/// Settings without effect are refused: those that the rule does not have, that are given twice, or that do nothing
/// beside the others.
public struct NamedRule: Sendable {
  /// The combinations of finished answers, which can be named beside the rules of a registry.
  static let combinations: [any AnswerCombination.Type] = [
    VotingCombination.self, SimilarityCombination.self, RankCombination.self,
  ]

  /// The text that was read.
  public let text: String
  /// All combinations of the settings.
  public let variants: [Variant]

  /// Reads a rule's name and settings. Values separated by `|` are all tried.
  ///
  /// - Parameters:
  ///   - text: The name and the settings.
  ///   - rules: The rules that fuse tokens.
  /// - Throws: `EnsembleError` with the code `unknownRule` that lists the choices.
  public init(_ text: String, among rules: RuleRegistry = .standard) throws {
    self.text = text
    variants = try RuleRegistry.configurations(text, among: Self.descriptions(with: rules)).map { configuration in
      let type = Self.combinations.first { $0.description.name == configuration.rule }
      guard let type else {
        return Variant(configuration: configuration, fusing: try rules.rule(configuration), answers: nil)
      }
      let settings = try RuleSettings(configuration, of: Self.accompanied(type.description, by: rules))
      var companion: ConfiguredRule?
      if settings.word("with") != "none" {
        companion = try rules.rule(settings.word("with"))
        companion?.weights = settings.weights
      }
      return Variant(configuration: configuration, fusing: companion, answers: type.init(settings))
    }
  }

  /// All names: the rules, and the combinations of finished answers.
  public static func descriptions(with rules: RuleRegistry = .standard) -> [RuleDescription] {
    rules.entries.map(\.description) + combinations.map { accompanied($0.description, by: rules) }
  }

  /// A combination of finished answers, possibly with an ensemble's among them.
  private static func accompanied(_ description: RuleDescription, by rules: RuleRegistry) -> RuleDescription {
    RuleDescription(
      description.name, description.summary,
      settings: description.settings + [
        .choice(
          "with", default: "none", of: ["none"] + rules.entries.map(\.description.name),
          allowed: "none or a rule that fuses tokens, without settings"),
        RuleSetting.weights.counting("for the ensemble of with=RULE") { $0.word("with") != "none" },
      ])
  }

  /// The variant, if there is only one.
  ///
  /// - Throws: `EnsembleError` with the code `unknownRule` where settings have several values.
  public func only() throws -> Variant {
    guard variants.count == 1 else {
      throw EnsembleError(
        .unknownRule, "\(text) names \(variants.count) rules, and one is needed", remedy: "Give each setting one value."
      )
    }
    return variants[0]
  }
}
