extension RuleRegistry.Entry {
  /// ``EnsembleRule/standard``.
  package static let standard = RuleRegistry.Entry(
    RuleDescription(
      RuleRegistry.standardName, "what an ensemble does when no rule is named: pairwise with its own settings",
      settings: RuleSetting.stepWeighting)
  ) { settings in
    let rule: any EnsembleRule =
      settings.weighting.isConstant ? StandardRule() : PairwiseRule(weighting: settings.weighting)
    return rule
  }
}
