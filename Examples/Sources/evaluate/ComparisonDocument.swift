import Evaluation
import EvaluationTools

/// The document that `evaluate compare --json` writes.
struct ComparisonDocument: Encodable {
  /// The form of this document.
  var version = 1
  /// The row that the others are compared with.
  var baseline: String
  /// How many test items were asked.
  var itemCount: Int
  /// The members' mean scores on the development items, from 0 to 1.
  var developmentScores: [String: Double]
  /// The rows, members alone first.
  var rows: [Standing]
  /// The run's settings.
  var settings: [String: String]
  /// A hint where no row is right; absent where one is.
  var hint: AnswerHint?
  /// Lines of the files that were left out, and why.
  var leftOut: [String]
  /// The gains beyond controls; absent where no report was asked for.
  var controls: [ControlFindings]?
}
