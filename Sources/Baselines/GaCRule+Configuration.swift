public import Ensembling

extension GaCRule: ConfigurableRule {
  /// `gac`, with the threshold.
  public static let description = RuleDescription(
    "gac", "the mean over the union of the vocabularies (arXiv 2406.12585), always or below a threshold",
    settings: [.number("threshold", default: "none", in: 0...1, or: ["none"])])

  /// Creates the rule from checked settings.
  public init(_ settings: RuleSettings) { self.init(threshold: settings.number(ifAny: "threshold")) }

  /// The configuration.
  public var configuration: RuleConfiguration? {
    Self.configured(["threshold": threshold.map { .number($0) } ?? "none"])
  }
}
