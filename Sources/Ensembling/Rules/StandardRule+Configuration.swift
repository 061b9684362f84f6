extension RuleRegistry.Entry {
  /// ``EnsembleRule/standard``.
  package static let standard = RuleRegistry.Entry(
    RuleDescription(
      RuleRegistry.standardName, "what an ensemble does when no rule is named: pairwise with its own settings",
      settings: RuleSetting.stepWeighting)
  ) { settings in
    var rule: PairwiseRule = .standard
    rule.weighting = settings.weighting
    return rule
  }
}
