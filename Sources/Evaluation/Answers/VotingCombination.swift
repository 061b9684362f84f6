internal import Baselines
package import Ensembling

/// The answer that most give, read in one form.
package struct VotingCombination: AnswerCombination, Hashable {
  /// The form in which answers are read.
  package var form: AnswerForm

  /// `voting`.
  package static let description = RuleDescription(
    "voting", "the answer that most members give; with=RULE: and an ensemble under that rule",
    settings: [.choice("form", default: AnswerForm.line)])

  /// Creates the combination from settings that have been checked.
  package init(_ settings: RuleSettings) { form = settings.choice("form") }

  /// Creates a responder in which all answer.
  package func answering(_ alone: [Ensemble], with ensemble: Ensemble?, separator: String?) -> any Answering {
    Voting((ensemble.map { [$0] } ?? []) + alone) { form.normalised($0) }
  }
}
