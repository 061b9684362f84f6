public import Ensembling

extension UniTERule: ConfigurableRule {
  /// `unite`, with k.
  public static let description = RuleDescription(
    "unite", "the mean over the union of each member's k likeliest tokens (arXiv 2410.03777)",
    settings: [.count("k", default: 10)])

  /// Creates the rule from checked settings.
  public init(_ settings: RuleSettings) { self.init(topK: settings.count("k")) }

  /// The configuration.
  public var configuration: RuleConfiguration? { Self.configured(["k": .number(Double(topK))]) }
}
