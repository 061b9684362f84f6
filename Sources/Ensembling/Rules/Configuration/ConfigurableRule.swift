/// A rule that a configuration can name.
///
/// ```swift
/// import Baselines
///
/// /// The mean over the union of the vocabularies, with a floor.
/// struct Careful: ConfigurableRule {
///   static let description = RuleDescription(
///     "careful", "GaC below a threshold", settings: [.number("threshold", default: 0.5, in: 0...1)])
///   var threshold: Float
///
///   init(_ settings: RuleSettings) { threshold = settings.number("threshold") }
///
///   var name: String { "careful below \(threshold)" }
///
///   func fusion(
///     for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
///   ) throws -> any TokenFusion {
///     try GaCRule(threshold: threshold).fusion(for: members, progress: progress)
///   }
/// }
///
/// let rules = RuleRegistry.standard.adding(Careful.self)
/// let careful = try rules.rule("careful:threshold=0.9")
/// ```
public protocol ConfigurableRule: EnsembleRule {
  /// The name and the settings.
  static var description: RuleDescription { get }

  /// Creates the rule from checked settings.
  ///
  /// - Throws: An error for settings that cannot be used together, or name a file that cannot be read.
  init(_ settings: RuleSettings) throws
}

extension ConfigurableRule {
  /// Creates the rule that a configuration describes.
  ///
  /// - Throws: ``EnsembleError`` with the code `unknownRule` where it names another rule, an unknown setting, or a
  ///   value that cannot be used.
  public init(_ configuration: RuleConfiguration) throws {
    guard configuration.rule == Self.description.name else {
      throw EnsembleError(
        .unknownRule, "\(configuration) is not the rule \(Self.description.name)",
        remedy: "Look it up in a RuleRegistry, which knows all names.")
    }
    try self.init(RuleSettings(configuration, of: Self.description))
  }

  /// A configuration of this rule, without the settings that have their default values.
  public static func configured(_ settings: KeyValuePairs<String, SettingValue>) -> RuleConfiguration {
    configured(settings.map { ($0.key, $0.value) })
  }

  static func configured(_ settings: [(String, SettingValue)]) -> RuleConfiguration {
    var configuration = RuleConfiguration(description.name)
    for (name, value) in settings where description.setting(name)?.standard != value { configuration[name] = value }
    return configuration
  }
}
