extension RescoringRule: ConfigurableRule {
  /// `rescore`, with the number of candidates and a combination.
  public static let description = RuleDescription(
    "rescore", "the main model's likeliest tokens, scored by the assistants as text",
    settings: [.count("candidates", default: 20), .combination(default: "geometric")])

  /// Creates the rule from checked settings.
  public init(_ settings: RuleSettings) {
    self.init(candidates: settings.count("candidates"), combination: settings.combination())
  }

  /// The configuration; `nil` for a custom combination.
  public var configuration: RuleConfiguration? {
    RuleConfiguration.joined(
      [("candidates", .number(Double(candidates)))], RuleConfiguration.settings(of: combination)
    ).map(Self.configured)
  }
}
