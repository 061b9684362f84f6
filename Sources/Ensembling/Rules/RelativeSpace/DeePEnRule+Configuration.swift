extension DeePEnRule: ConfigurableRule {
  /// `deepen`, with the settings of an alignment, a combination, a search and a weighting.
  public static let description = RuleDescription(
    "deepen", "the published rule: relative space, mean, AdamW (arXiv 2404.12715), and its variants",
    settings: RuleSetting.alignment(default: "cosine") + [.combination(default: "mean")]
      + RuleSetting.search(default: "adamw", steps: 5) + [
        .choice("precision", default: "likely", of: ["likely", "exact"]).counting("with align=cosine") {
          $0.word("align") == "cosine"
        }
      ] + RuleSetting.stepWeighting)

  /// Creates the rule from checked settings.
  ///
  /// - Throws: ``EnsembleError`` where a text for frequent tokens cannot be read.
  public init(_ settings: RuleSettings) throws {
    self.init(
      alignment: try settings.alignment(), combination: settings.combination(), search: settings.search(),
      weighting: settings.weighting,
      precision: settings.choice("precision", ["likely": .likelyTokens, "exact": .exact]))
  }

  /// The configuration; `nil` where a part has none, such as a custom search.
  public var configuration: RuleConfiguration? {
    let known: [StepPrecision: SettingValue] = [.likelyTokens: "likely", .exact: "exact"]
    return RuleConfiguration.joined(
      RuleConfiguration.settings(of: alignment), RuleConfiguration.settings(of: combination),
      RuleConfiguration.settings(of: search), RuleConfiguration.settings(of: weighting),
      known[precision].map { [("precision", $0)] }
    ).map(Self.configured)
  }
}

extension RuleRegistry.Entry {
  /// ``DeePEnRule`` with byte prefixes, under a name of its own.
  package static let bytePrefix = RuleRegistry.Entry(
    RuleDescription(
      "prefix", "fusion in shared byte prefixes: no embeddings, moved all the way",
      settings: [.combination(default: "geometric")] + RuleSetting.stepWeighting)
  ) { DeePEnRule.bytePrefix(combination: $0.combination(), weighting: $0.weighting) }
}
