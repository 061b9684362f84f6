import Evaluation
import EvaluationTools

/// The document that `evaluate compare --json` writes.
struct ComparisonDocument: Encodable {
  /// The version of this document's format.
  var version = 1
  /// The row that the others are compared with.
  var baseline: String
  /// The number of test items that were asked.
  var itemCount: Int
  /// The members' mean scores on the development items, from 0 to 1.
  var developmentScores: [String: Double]
  /// The rows, members alone first.
  var rows: [Standing]
  /// The run's settings.
  var settings: [String: String]
  /// A hint where no row is right; absent where one is.
  var hint: AnswerHint?
  /// Lines of the files that were left out, and the reasons.
  var leftOut: [String]
  /// The gains over controls; absent where no report was requested.
  var controls: [ControlFindings]?
}
