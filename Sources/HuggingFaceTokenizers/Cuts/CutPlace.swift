internal import Foundation

/// A place between two words at which a text may be cut.
enum CutPlace: CaseIterable {
  /// Before the one space between two words.
  case beforeSpace
  /// After the one line feed between two words.
  case afterLineFeed

  /// What separates the words.
  var separator: UInt8 {
    switch self {
    case .beforeSpace: 0x20
    case .afterLineFeed: 0x0A
    }
  }
}

/// What a step of a tokenizer makes of a place between words.
enum CutEffect {
  /// Something that cannot be told, or that depends on what lies farther away.
  case unknown
  /// What it would make of both sides alone; what touches the place may stay in one piece.
  case local
  /// What it would make of both sides alone, in pieces of their own.
  case splits
}

extension PreTokenizer {
  /// Whether the step may put something before a piece that does not begin a text.
  var addsPrefix: Bool { false }
  /// Whether the step spells a space in another way.
  var respells: Bool { false }
}

extension PreTokenizerSequence {
  func effect(at place: CutPlace) -> CutEffect {
    var isSplit = false
    var isRespelt = false
    for (index, step) in steps.enumerated() {
      // After a split, the second side no longer counts as a continuation; spaces are put before words only.
      if index > 0, place == .afterLineFeed, step.addsPrefix { return .unknown }
      if isSplit { continue }
      if isRespelt { return .unknown }
      switch step.effect(at: place) {
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
  func effect(at place: CutPlace) -> CutEffect {
    switch pattern {
    case .string(let string): effect(of: string, at: place)
    case .expression(let expression): effect(of: ExpressionReach(expression.pattern), at: place)
    }
  }

  private func effect(of string: [UInt8], at place: CutPlace) -> CutEffect {
    // A longer string might hold the separator together with its neighbours.
    if string == [place.separator] {
      switch behavior {
      case .removed, .isolated: return .splits
      case .mergedWithNext: return place == .beforeSpace && !isInverted ? .splits : .local
      case .mergedWithPrevious, .contiguous: return .local
      }
    }
    return string.contains(place.separator) ? .unknown : .local
  }

  private func effect(of reach: ExpressionReach?, at place: CutPlace) -> CutEffect {
    guard let reach else { return .unknown }
    let (crosses, covers, canMatch) =
      switch place {
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
  func effect(at place: CutPlace) -> CutEffect {
    guard characters.contains(Unicode.Scalar(place.separator)) else { return .local }
    switch behavior {
    case .removed, .isolated: return .splits
    case .mergedWithNext, .mergedWithPrevious, .contiguous: return .local
    }
  }
}

extension FixedLengthSplit {
  func effect(at place: CutPlace) -> CutEffect { .unknown }
}
