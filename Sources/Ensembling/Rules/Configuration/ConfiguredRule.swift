package import Fusion

/// A rule with the members' weights, as a configuration describes them.
public struct ConfiguredRule: Sendable {
  /// The weights of the members.
  public enum Weights: Sendable, Hashable {
    /// Equal weights.
    case average
    /// In proportion to their development scores (DeePEn-Adapt).
    case adaptive
    /// Given weights, the main model's first.
    case fixed([Float])
  }

  /// The configuration.
  public let configuration: RuleConfiguration
  /// The rule.
  public let rule: any EnsembleRule
  /// The members' weights.
  public var weights: Weights

  /// Creates an ensemble with the rule and its weights.
  ///
  /// - Parameters:
  ///   - members: The members; the main model first.
  ///   - scores: The members' development scores; `nil` where they are not known.
  ///   - progress: Called while the rule is prepared.
  /// - Throws: ``EnsembleError`` where the weights depend on unknown scores, and the errors of ``Ensemble``'s own
  ///   initialiser.
  public func ensemble(
    of members: [Member], scores: [Float]? = nil, progress: @escaping @Sendable (EnsembleProgress) -> Void = { _ in }
  ) async throws -> Ensemble {
    guard let main = members.first else {
      throw EnsembleError(.invalidMembers, "there is no member", remedy: "Name at least a main model.")
    }
    return try await Ensemble(
      main: main, assistants: Array(members.dropFirst()), weights: try memberWeights(scores: scores), rule: rule,
      progress: progress)
  }

  /// Checks the conditions of ``ensemble(of:scores:progress:)``, as far as they are known before members are loaded.
  ///
  /// - Parameters:
  ///   - members: The members' future names.
  ///   - hasScores: Whether their development scores will be known.
  /// - Throws: ``EnsembleError``, and `FusionError` for weights that are too many or too few.
  public func validate(members: [String], hasScores: Bool = false) throws {
    if case .table(let usual)? = configuration["usual"] {
      let unknown = usual.keys.filter { !members.contains($0) }.sorted()
      let missing = members.filter { usual[$0] == nil }
      guard unknown.isEmpty, missing.isEmpty else {
        let problems =
          (unknown.isEmpty ? [] : ["names \(unknown.joined(separator: ", ")), which is no member"])
          + (missing.isEmpty ? [] : ["says nothing of \(missing.joined(separator: ", "))"])
        throw EnsembleError(
          .invalidOptions, "usual=\(SettingValue.table(usual)) \(problems.joined(separator: " and "))",
          remedy: "Give a number for each member: \(members.joined(separator: ", ")).")
      }
    }
    if weights == .adaptive, hasScores { return }
    _ = try memberWeights().weights(memberCount: members.count)
  }

  /// Computes the members' weights.
  ///
  /// - Parameter scores: Their development scores; `nil` where they are not known.
  /// - Throws: ``EnsembleError`` with the code `invalidOptions` where the weights depend on unknown scores.
  package func memberWeights(scores: [Float]? = nil) throws -> MemberWeights {
    switch weights {
    case .average: return .average
    case .fixed(let weights): return .fixed(weights)
    case .adaptive:
      guard let scores else {
        throw EnsembleError(
          .invalidOptions, "\(configuration.label) takes its weights from development scores, and none are known here",
          remedy: "Give weights as numbers, such as weights=0.7/0.3, or use `evaluate compare`, which measures scores.")
      }
      return .adaptive(scores: scores)
    }
  }
}
