extension PairwiseRule: ConfigurableRule {
  /// `pairwise`, with the settings of an alignment, a combination, a search and a weighting.
  public static let description = RuleDescription(
    "pairwise", "each assistant with the main model separately, by byte prefixes unless set otherwise",
    settings: RuleSetting.alignment(default: "prefix") + [.combination(default: "geometric")]
      + RuleSetting.search(default: "em", steps: 1) + RuleSetting.stepWeighting)

  /// Creates the rule from checked settings.
  ///
  /// - Throws: ``EnsembleError`` where a text for frequent tokens cannot be read.
  public init(_ settings: RuleSettings) throws {
    self.init(
      alignment: try settings.alignment(), combination: settings.combination(), search: settings.search(),
      weighting: settings.weighting)
  }

  /// The configuration; `nil` where a part has none, such as a custom search.
  public var configuration: RuleConfiguration? {
    RuleConfiguration.joined(
      RuleConfiguration.settings(of: alignment), RuleConfiguration.settings(of: combination),
      RuleConfiguration.settings(of: search), RuleConfiguration.settings(of: weighting)
    ).map(Self.configured)
  }
}
