internal import Baselines
public import Ensembling

/// A way to make one answer of several finished ones, before the members are known.
public protocol AnswerCombination: Sendable {
  /// The name and the settings.
  static var description: RuleDescription { get }

  /// Makes the combination of settings that have been checked.
  init(_ settings: RuleSettings)

  /// Lets members, each alone, and an ensemble of them answer.
  ///
  /// - Parameters:
  ///   - alone: An ensemble of each member alone, one or more. The earlier win ties.
  ///   - ensemble: An ensemble that answers as well, before the members; `nil` for the members alone.
  ///   - separator: What stands between the conversation and an answer that is scored; `nil` for what a member's prompt
  ///     asks for.
  func answering(_ alone: [Ensemble], with ensemble: Ensemble?, separator: String?) -> any Answering
}

extension AnswerCombination {
  /// Lets members, each alone, and an ensemble of them answer.
  ///
  /// - Throws: ``EvaluationError`` where there is no member, `EnsembleError` where one cannot answer alone.
  public func answering(
    members: [Member], with ensemble: Ensemble?, separator: String? = nil
  ) throws -> any Answering {
    guard !members.isEmpty else {
      throw EvaluationError(.incomplete, "There is no member to answer", remedy: "Name one or more.")
    }
    let alone = try members.map { member in
      var required = member
      required.policy = .required
      return try Ensemble(members: [required], fusion: MainModelOnly())
    }
    return answering(alone, with: ensemble, separator: separator)
  }
}
