/// The precision of a row computed from the anchors' quantised directions: the number of bit planes read, which is also
/// its cost.
enum ComputedRowGrade: Int, Sendable, Hashable, CaseIterable {
  case coarse = 1
  case middle
  case fine

  /// The next finer grade.
  var finer: ComputedRowGrade? { ComputedRowGrade(rawValue: rawValue + 1) }
}

/// The L1 distances of computed rows from exact ones: means over a sample, relative to the part of a row that remains
/// without its large entries.
struct ComputedRowErrors: Sendable, Hashable {
  var coarse: Float
  var middle: Float
  var fine: Float

  subscript(grade: ComputedRowGrade) -> Float {
    switch grade {
    case .coarse: coarse
    case .middle: middle
    case .fine: fine
    }
  }
}
