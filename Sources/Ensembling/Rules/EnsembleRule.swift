/// A way to make one next-token distribution of several, before it knows the members: a recipe for a ``TokenFusion``.
///
/// ```swift
/// let ensemble = try await Ensemble(main: atlas, assistants: [scholar], rule: .published)
/// ```
public protocol EnsembleRule: Sendable {
  /// The rule's name in tables, with the settings that matter.
  var name: String { get }
  /// The configuration that describes the rule; `nil`, as unless told otherwise, for one that no configuration can name.
  var configuration: RuleConfiguration? { get }

  /// Prepares the rule for some members. Their weights belong to the ensemble and come with every ``Step``.
  ///
  /// - Parameters:
  ///   - members: The members, two or more; the main model first.
  ///   - progress: Called with what is being done and how much of it is.
  /// - Throws: An error that says what the members lack for this rule.
  func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion
}

extension EnsembleRule {
  /// None.
  public var configuration: RuleConfiguration? { nil }
}
