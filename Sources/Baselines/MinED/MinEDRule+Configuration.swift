public import Ensembling

extension MinEDRule: ConfigurableRule {
  /// `mined`, without settings of its own.
  public static let description = RuleDescription(
    "mined", "assistant tokens stand for the nearest main token by edit distance (arXiv 2401.10491)", settings: [])

  /// Creates the rule.
  public init(_ settings: RuleSettings) { self.init() }

  /// The configuration.
  public var configuration: RuleConfiguration? { Self.configured([:]) }
}
