/// How exactly a row is made of the anchors' coded directions: of how many planes of their codes, which is also what it costs.
enum MadeRowGrade: Int, Sendable, Hashable, CaseIterable {
  case coarse = 1
  case middle
  case fine

  /// The next better one.
  var finer: MadeRowGrade? { MadeRowGrade(rawValue: rawValue + 1) }
}

/// How far made rows are from exact ones in the L1 distance: the mean over a sample, for each unit of what the large entries leave of a
/// row.
struct MadeRowErrors: Sendable, Hashable {
  var coarse: Float
  var middle: Float
  var fine: Float

  subscript(grade: MadeRowGrade) -> Float {
    switch grade {
    case .coarse: coarse
    case .middle: middle
    case .fine: fine
    }
  }
}
