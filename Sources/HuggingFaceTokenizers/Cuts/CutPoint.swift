internal import Foundation

/// A kind of point between two words at which a text may be cut.
enum CutPoint: CaseIterable {
  /// Before the one space between two words.
  case beforeSpace
  /// After the one line feed between two words.
  case afterLineFeed

  /// The byte that separates the words.
  var separator: UInt8 {
    switch self {
    case .beforeSpace: 0x20
    case .afterLineFeed: 0x0A
    }
  }
}

/// The effect of a tokenizer's step on a cut point.
enum CutEffect {
  /// Unknown, or dependent on text farther away.
  case unknown
  /// Both sides are treated as if they were alone; the text at the cut point may stay in one piece.
  case local
  /// Both sides are treated as if they were alone, and become separate pieces.
  case splits
}

extension PreTokenizer {
  /// Whether the step may insert a prefix before a piece that does not begin a text.
  var addsPrefix: Bool { false }
  /// Whether the step changes the spelling of spaces.
  var respells: Bool { false }
}

extension PreTokenizerSequence {
  func effect(at point: CutPoint) -> CutEffect {
    var isSplit = false
    var isRespelt = false
    for (index, step) in steps.enumerated() {
      // After a split, the second side no longer counts as a continuation; spaces are inserted before words only.
      if index > 0, point == .afterLineFeed, step.addsPrefix { return .unknown }
      if isSplit { continue }
      if isRespelt { return .unknown }
      switch step.effect(at: point) {
      case .unknown: return .unknown
      case .local: isRespelt = step.respells
      case .splits: isSplit = true
      }
    }
    return isSplit ? .splits : .local
  }

  var addsPrefix: Bool { steps.contains(where: \.addsPrefix) }
  var respells: Bool { steps.contains(where: \.respells) }
}

extension PatternSplit {
  func effect(at point: CutPoint) -> CutEffect {
    switch pattern {
    case .string(let string): effect(of: string, at: point)
    case .expression(let expression): effect(of: ExpressionReach(expression.pattern), at: point)
    }
  }

  private func effect(of string: [UInt8], at point: CutPoint) -> CutEffect {
    // A longer string might match the separator together with its neighbours.
    if string == [point.separator] {
      switch behavior {
      case .removed, .isolated: return .splits
      case .mergedWithNext: return point == .beforeSpace && !isInverted ? .splits : .local
      case .mergedWithPrevious, .contiguous: return .local
      }
    }
    return string.contains(point.separator) ? .unknown : .local
  }

  private func effect(of reach: ExpressionReach?, at point: CutPoint) -> CutEffect {
    guard let reach else { return .unknown }
    let (crosses, covers, canMatch) =
      switch point {
      case .beforeSpace: (reach.crossesSpace, reach.coversSpace, reach.canMatchSpace)
      case .afterLineFeed: (reach.crossesLineFeed, reach.coversLineFeed, reach.canMatchLineFeed)
      }
    if crosses { return .unknown }
    switch behavior {
    case .removed where isInverted && !canMatch: return .splits
    case .removed, .isolated: return covers ? .splits : .local
    case .mergedWithNext, .mergedWithPrevious, .contiguous: return .local
    }
  }
}

extension CharacterSplit {
  func effect(at point: CutPoint) -> CutEffect {
    guard characters.contains(Unicode.Scalar(point.separator)) else { return .local }
    switch behavior {
    case .removed, .isolated: return .splits
    case .mergedWithNext, .mergedWithPrevious, .contiguous: return .local
    }
  }
}

extension FixedLengthSplit {
  func effect(at point: CutPoint) -> CutEffect { .unknown }
}
