internal import Baselines
package import Ensembling

/// A method that combines several finished answers into one; it is described before the members are known.
package protocol AnswerCombination: Sendable {
  /// The name and the settings.
  static var description: RuleDescription { get }

  /// Creates the combination from settings that have been checked.
  init(_ settings: RuleSettings)

  /// Creates a responder in which members, each alone, and an ensemble of them answer.
  ///
  /// - Parameters:
  ///   - alone: An ensemble of each member alone, one or more. The earlier win ties.
  ///   - ensemble: An ensemble that answers as well, before the members; `nil` for the members alone.
  ///   - separator: The text between the conversation and an answer that is scored; `nil` for the separator that a
  ///     member's prompt asks for.
  func answering(_ alone: [Ensemble], with ensemble: Ensemble?, separator: String?) -> any Answering
}

extension AnswerCombination {
  /// Creates a responder in which members, each alone, and an ensemble of them answer.
  ///
  /// - Throws: ``EvaluationError`` where there is no member, `EnsembleError` where one cannot answer alone.
  package func answering(
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
