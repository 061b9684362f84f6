internal import Fusion

/// The rules that configurations can name: a value, to which custom rules are added.
public struct RuleRegistry: Sendable {
  /// The name of the default rule of an ensemble, ``EnsembleRule/standard`` in Swift.
  public static let standardName = "standard"

  /// A rule with a name.
  public struct Entry: Sendable {
    /// The name, and the settings: the rule's own, and those that all rules have.
    public let description: RuleDescription
    let make: @Sendable (RuleSettings) throws -> any EnsembleRule

    /// Registers a rule under its own name.
    package init(_ rule: (some ConfigurableRule).Type) {
      self.init(rule.description) { try rule.init($0) }
    }

    /// Registers a rule under another name, with settings of its own.
    ///
    /// - Parameters:
    ///   - description: The name and the settings.
    ///   - make: Creates the rule from checked settings.
    package init(
      _ description: RuleDescription, make: @escaping @Sendable (RuleSettings) throws -> any EnsembleRule
    ) {
      let own = description.settings
      let common = RuleSetting.memberWeighting(inSteps: own.contains { $0.name == "by" })
      self.description = RuleDescription(
        description.name, description.summary,
        settings: own.filter { setting in !RuleSetting.stepWeighting.contains { $0.name == setting.name } } + common)
      self.make = make
    }
  }

  /// The rules, in order.
  public private(set) var entries: [Entry]

  /// Creates a registry.
  ///
  /// - Precondition: Their names are different.
  package init(_ entries: [Entry]) {
    precondition(
      Set(entries.map(\.description.name)).count == entries.count, "Two rules of the registry have one name.")
    self.entries = entries
  }

  /// Returns the registry with one more rule.
  ///
  /// - Precondition: No other rule has its name.
  public func adding(_ rule: (some ConfigurableRule).Type) -> RuleRegistry {
    RuleRegistry(entries + [Entry(rule)])
  }

  /// The rule with a name; `nil` where there is none.
  public func entry(_ name: String) -> Entry? { entries.first { $0.description.name == name } }

  /// The rule that a configuration describes.
  ///
  /// - Throws: ``EnsembleError`` with the code `unknownRule` that lists the available choices.
  public func rule(_ configuration: RuleConfiguration) throws -> ConfiguredRule {
    guard let entry = entry(configuration.rule) else {
      throw Self.unknown(configuration.rule, among: entries.map(\.description.name))
    }
    let settings = try RuleSettings(configuration, of: entry.description)
    let rule = try entry.make(settings)
    return ConfiguredRule(
      configuration: configuration, rule: settings.promptWeighted(rule) ?? rule, weights: settings.weights)
  }

  /// The single rule that a text such as `deepen:rate=0.5,steps=10` describes.
  ///
  /// - Throws: ``EnsembleError`` with the code `unknownRule`, also for settings with several values.
  public func rule(_ text: String) throws -> ConfiguredRule {
    let configurations = try configurations(text)
    guard configurations.count == 1 else {
      throw EnsembleError(
        .unknownRule, "\(text) names \(configurations.count) rules, and one is needed",
        remedy: "Give each setting one value.")
    }
    return try rule(configurations[0])
  }

  /// The configurations that a text describes: one for each combination of values with `|` between them, as in
  /// `deepen:rate=0.3|0.5`.
  ///
  /// - Throws: ``EnsembleError`` with the code `unknownRule` that lists the available choices.
  package func configurations(_ text: String) throws -> [RuleConfiguration] {
    try Self.configurations(text, among: entries.map(\.description))
  }

  /// The configurations that a text describes, among some rules.
  package static func configurations(
    _ text: String, among descriptions: [RuleDescription]
  ) throws -> [RuleConfiguration] {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let description = descriptions.first(where: { $0.name == parts[0] }) else {
      throw unknown(text, among: descriptions.map(\.name))
    }
    return parts.count > 1 ? try description.configurations(parts[1]) : [RuleConfiguration(description.name)]
  }

  private static func unknown(_ text: String, among names: [String]) -> EnsembleError {
    let name = text.split(separator: ":").first.map(String.init) ?? ""
    return EnsembleError(
      .unknownRule, "There is no rule \(text.isEmpty ? "without a name" : text)",
      remedy: NearestName.advice(for: name, among: names) + "Choose from \(names.joined(separator: ", ")).")
  }
}
