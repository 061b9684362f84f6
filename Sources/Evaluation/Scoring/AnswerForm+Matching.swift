extension AnswerForm {
  /// Returns whether a generated text is one of the expected answers. An empty text never is.
  public func matches(_ text: String, _ expected: [String]) -> Bool {
    guard self == .contains else {
      guard let given = normalised(text) else { return false }
      return expected.contains { normalised($0) == given }
    }
    return expected.contains { answer in
      let words = Self.words(answer)
      // An answer that consists of symbols alone is searched with all symbols kept.
      return words.isEmpty
        ? Self.contains(Self.folded(answer), in: Self.folded(text)) : Self.contains(words, in: Self.words(text))
    }
  }

  /// The text to compare; `nil` where the text has no answer of this form, as an empty one has none.
  ///
  /// - `exact`: the text without white space at its ends.
  /// - `line`: the first line, in lower case, with single spaces, without a final full stop.
  /// - `squad`: the first line, in lower case, without punctuation (a hyphen is a space) and the articles a, an and
  ///   the. Where this leaves nothing, as for `&` or “The The”, the line with its punctuation and articles.
  /// - `contains`: the same for the whole text.
  /// - `number`: the last number, without thousands separators, leading zeros and zeros at the end of a fraction.
  public func normalised(_ text: String) -> String? {
    let reading: String
    switch self {
    case .exact: reading = String(text.trimmingSpace)
    case .line:
      let words = Self.folded(Self.firstLine(text))
      reading = words.hasSuffix(".") && words.count > 1 ? String(words.dropLast()) : words
    case .squad, .contains:
      let part = self == .squad ? Self.firstLine(text) : text[...]
      let words = Self.words(part)
      reading = words.isEmpty ? Self.folded(part) : words
    case .number: return NumberReader.lastNumber(in: text)
    }
    return reading.isEmpty ? nil : reading
  }

  /// The first line that is not empty.
  private static func firstLine(_ text: String) -> Substring {
    text.drop { $0.isWhitespace }.prefix { !$0.isNewline }
  }

  /// The text in lower case, with single spaces.
  static func folded(_ text: some StringProtocol) -> String {
    text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The text in lower case, without punctuation and articles; empty where nothing else is there.
  static func words(_ text: some StringProtocol) -> String {
    var plain = ""
    for character in text.lowercased() {
      if character.isDash {
        plain.append(" ")
      } else if !character.isRemovedBySQuAD {
        plain.append(character)
      }
    }
    return plain.split(whereSeparator: \.isWhitespace).filter { !["a", "an", "the"].contains($0) }
      .joined(separator: " ")
  }

  /// Returns whether a text contains some words, not as a part of other words.
  static func contains(_ words: String, in text: String) -> Bool {
    let (words, text) = (Array(words), Array(text))
    guard !words.isEmpty, text.count >= words.count else { return false }
    return (0...text.count - words.count).contains { start in
      let end = start + words.count
      return text[start] == words[0] && text[start..<end].elementsEqual(words)
        && (start == 0 || words[0].isBoundary(beside: text[start - 1]))
        && (end == text.count || words[words.count - 1].isBoundary(beside: text[end]))
    }
  }
}

extension StringProtocol {
  /// The text without white space and line ends around it.
  var trimmingSpace: SubSequence {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start.prefix(0) }
    return start[...last]
  }
}

extension Character {
  /// A hyphen or a dash.
  fileprivate var isDash: Bool { unicodeScalars.first?.properties.generalCategory == .dashPunctuation }

  /// Punctuation, with ASCII's symbols and the accents that are used as quotation marks. Other symbols, such as € and
  /// °, carry meaning.
  fileprivate var isRemovedBySQuAD: Bool { isPunctuation || isASCII && isSymbol || self == "´" }

  /// Returns whether words may begin or end between a character and its neighbour: where the neighbour is no letter and
  /// no digit, and anywhere in scripts without spaces.
  fileprivate func isBoundary(beside neighbour: Character) -> Bool {
    !(neighbour.isLetter || neighbour.isNumber) || neighbour.isWrittenWithoutSpaces || isWrittenWithoutSpaces
  }

  /// Thai, Lao, Myanmar, Khmer, kana and Chinese characters.
  private var isWrittenWithoutSpaces: Bool {
    guard let scalar = unicodeScalars.first?.value else { return false }
    return [0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x9FFF, 0x20000...0x3FFFF]
      .contains { $0.contains(scalar) }
  }
}
