internal import Baselines
public import Ensembling

/// The answer that most give, read in one form.
public struct VotingCombination: AnswerCombination, Hashable {
  /// The form in which answers are read.
  public var form: AnswerForm

  /// `voting`.
  public static let description = RuleDescription(
    "voting", "the answer that most members give; with=RULE: and an ensemble under that rule",
    settings: [.choice("form", default: AnswerForm.line)])

  /// Creates the combination from settings that have been checked.
  public init(_ settings: RuleSettings) { form = settings.choice("form") }

  /// Creates a responder in which all answer.
  public func answering(_ alone: [Ensemble], with ensemble: Ensemble?, separator: String?) -> any Answering {
    Voting((ensemble.map { [$0] } ?? []) + alone) { form.normalised($0) }
  }
}
