/// A rule that combines several next-token distributions into one, before it knows the members: a factory of
/// ``TokenFusion``.
///
/// ```swift
/// let ensemble = try await Ensemble(main: atlas, assistants: [scholar], rule: .published)
/// ```
public protocol EnsembleRule: Sendable {
  /// The rule's name in tables, with the settings that matter.
  var name: String { get }
  /// The configuration that describes the rule; `nil`, the default, for one that no configuration can name.
  var configuration: RuleConfiguration? { get }

  /// Prepares the rule for some members. Their weights belong to the ensemble and are part of every ``Step``.
  ///
  /// - Parameters:
  ///   - members: The members, two or more; the main model first.
  ///   - progress: Called with the current activity and the fraction done.
  /// - Throws: An error that says what the members lack for this rule.
  func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion
}

extension EnsembleRule {
  /// No configuration, by default.
  public var configuration: RuleConfiguration? { nil }
}
