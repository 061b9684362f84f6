internal import Fusion

extension PromptWeightedRule {
  /// The base rule's configuration with `by=perplexity`; `nil` where that has none, or the minimum of bytes is not the
  /// default.
  public var configuration: RuleConfiguration? {
    guard var configuration = base.configuration, configuration["by"] == nil,
      minimumBytes == PromptWeightedRule(base).minimumBytes
    else { return nil }
    configuration["by"] = "perplexity"
    if weighting != PerplexityWeighting() { configuration["beta"] = .number(weighting.sharpness) }
    if !usualBitsPerByte.isEmpty { configuration["usual"] = .table(usualBitsPerByte) }
    return configuration
  }
}
