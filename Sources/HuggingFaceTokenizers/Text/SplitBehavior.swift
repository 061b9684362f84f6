/// The treatment of the matches at which a text is split.
enum SplitBehavior: String {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// Reads a behaviour's name.
  init(_ field: JSONField) throws {
    let name = try field.text()
    guard let behavior = SplitBehavior(rawValue: name) else { throw field.unknown("the behavior \"\(name)\"") }
    self = behavior
  }

  /// The parts of a piece.
  ///
  /// - Parameters:
  ///   - matches: The ranges to split at, from left to right.
  ///   - inverted: Whether to split at the text between the ranges instead.
  func split(_ piece: Piece, at matches: [Range<Int>], inverted: Bool = false) -> [Piece] {
    var runs: [(range: Range<Int>, isMatch: Bool)] = []
    runs.reserveCapacity(matches.count * 2 + 1)
    var end = piece.text.startIndex
    for match in matches {
      if end < match.lowerBound { runs.append((end..<match.lowerBound, inverted)) }
      runs.append((match, !inverted))
      end = match.upperBound
    }
    if end < piece.text.endIndex { runs.append((end..<piece.text.endIndex, inverted)) }
    return piece.parts(merged(runs))
  }

  private func merged(_ runs: [(range: Range<Int>, isMatch: Bool)]) -> [Range<Int>] {
    switch self {
    case .removed: return runs.compactMap { $0.isMatch ? nil : $0.range }
    case .isolated: return runs.map(\.range)
    case .contiguous: return joined(runs) { $0 == $1 }
    case .mergedWithPrevious: return joined(runs) { !$0 && $1 }
    case .mergedWithNext:
      var ranges: [Range<Int>] = []
      var nextIsMatch = false
      for run in runs.reversed() {
        if run.isMatch, !nextIsMatch, let next = ranges.popLast() {
          ranges.append(run.range.lowerBound..<next.upperBound)
        } else {
          ranges.append(run.range)
        }
        nextIsMatch = run.isMatch
      }
      return ranges.reversed()
    }
  }

  /// Joins each run to the previous one where a predicate on both (was the previous one a match, is this one?) holds.
  private func joined(
    _ runs: [(range: Range<Int>, isMatch: Bool)], where joins: (Bool, Bool) -> Bool
  ) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var previousIsMatch = false
    for run in runs {
      if joins(previousIsMatch, run.isMatch), let previous = ranges.popLast() {
        ranges.append(previous.lowerBound..<run.range.upperBound)
      } else {
        ranges.append(run.range)
      }
      previousIsMatch = run.isMatch
    }
    return ranges
  }
}

extension Piece {
  /// The ranges of the characters that satisfy a predicate.
  func ranges(where isMatch: (Unicode.Scalar) -> Bool) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var index = text.startIndex
    while index < text.endIndex {
      let (value, length) = text.scalar(at: index)
      if isMatch(Unicode.Scalar(value)!) { ranges.append(index..<index + length) }
      index += length
    }
    return ranges
  }
}
