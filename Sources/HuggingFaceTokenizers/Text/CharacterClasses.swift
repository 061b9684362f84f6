extension Unicode.Scalar {
  /// White_Space of Unicode.
  var isSpace: Bool { properties.isWhitespace }

  /// Decimal digits, letter numbers and other numbers (Nd, Nl, No).
  var isNumeric: Bool {
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }

  /// ASCII punctuation and symbols, and the punctuation categories of Unicode 8.
  var isPunctuation: Bool {
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
    case 0..<0x80: return false
    default: break
    }
    switch oldCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  /// The category in Unicode 8, whose tables the `tokenizers` library still uses for some purposes: later characters
  /// are unassigned there.
  var oldCategory: Unicode.GeneralCategory {
    switch value {
    case 0..<0x300: return properties.generalCategory
    // Characters whose category has changed since.
    case 0x1734, 0x1171E: return .nonspacingMark
    case 0x1CF2, 0x1CF3, 0xA9BD: return .spacingMark
    case 0x1885, 0x1886: return .otherLetter
    case 0x166D, 0x111C9: return .otherPunctuation
    default: return isAssigned(in: 8) ? properties.generalCategory : .unassigned
    }
  }

  private func isAssigned(in version: Int) -> Bool { properties.age.map { $0.major <= version } ?? false }

  /// Combining marks (Mn, Mc, Me) of Unicode 9, as the `tokenizers` library strips them.
  var isAccent: Bool {
    switch value {
    case 0..<0x300, 0x111C9: false
    case 0x1CF2, 0x1CF3: true
    default: isMark && isAssigned(in: 9)
    }
  }

  /// Combining marks (Mn, Mc, Me).
  var isMark: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  /// `\w` of regular expressions (UTS 18, annex C).
  var isWord: Bool {
    if value < 0x80 {
      switch value {
      case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: return true
      default: return false
      }
    }
    if properties.isAlphabetic || properties.isJoinControl || isMark { return true }
    switch properties.generalCategory {
    case .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }
}
