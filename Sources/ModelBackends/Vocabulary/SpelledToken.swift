/// A token that a text spells, and its range in the text.
public struct SpelledToken: Sendable, Hashable {
  /// The token.
  public var id: TokenID
  /// Its spelling in the text, with the white space around it that belongs to the token.
  public var range: Range<Int>

  /// Creates a token with its range.
  public init(id: TokenID, range: Range<Int>) {
    self.id = id
    self.range = range
  }
}

/// Finds tokens by their spelling: leftmost first, and the longest of those with the same start.
package struct SpellingFinder: Sendable {
  /// A token to find.
  package struct Entry: Sendable {
    package var id: TokenID
    package var spelling: [UInt8]
    /// Whether it absorbs the white space before it.
    package var stripsLeft: Bool
    /// Whether it absorbs the white space after it.
    package var stripsRight: Bool
    /// Whether it matches only where no word character is next to it.
    package var isSingleWord: Bool

    package init(
      id: TokenID, spelling: [UInt8], stripsLeft: Bool = false, stripsRight: Bool = false, isSingleWord: Bool = false
    ) {
      self.id = id
      self.spelling = spelling
      self.stripsLeft = stripsLeft
      self.stripsRight = stripsRight
      self.isSingleWord = isSingleWord
    }
  }

  private var entries: [ArraySlice<UInt8>: Entry] = [:]
  private var firstBytes: Set<UInt8> = []
  /// The lengths that occur, longest first.
  private let lengths: [Int]

  /// Prepares tokens; those without a spelling are not searched for, and of two with the same one the first is used.
  package init(_ tokens: some Sequence<Entry>) {
    for token in tokens where entries[token.spelling[...]] == nil {
      guard let first = token.spelling.first else { continue }
      entries[token.spelling[...]] = token
      firstBytes.insert(first)
    }
    lengths = Set(entries.keys.map(\.count)).sorted(by: >)
  }

  /// Whether there is nothing to find.
  package var isEmpty: Bool { entries.isEmpty }

  /// The tokens whose spelling lies in one of some parts of a text, in the order of the text.
  ///
  /// White space that a token absorbs may lie outside of these parts.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - parts: The ranges to search, in the order of the text and not overlapping.
  /// - Complexity: O(n · number of different lengths).
  package func tokens(in text: [UInt8], parts: [Range<Int>]) -> [SpelledToken] {
    var found: [SpelledToken] = []
    var done = 0
    for part in parts {
      var position = part.lowerBound
      while position < part.upperBound {
        guard firstBytes.contains(text[position]), let entry = entry(at: position, of: text, before: part.upperBound)
        else {
          position += 1
          continue
        }
        var range = position..<position + entry.spelling.count
        position = range.upperBound
        if entry.isSingleWord, isInsideWord(range, of: text) { continue }
        if entry.stripsLeft { range = Self.spaceStart(before: range.lowerBound, of: text)..<range.upperBound }
        if entry.stripsRight { range = range.lowerBound..<Self.spaceEnd(after: range.upperBound, of: text) }
        range = max(done, range.lowerBound)..<range.upperBound
        found.append(SpelledToken(id: entry.id, range: range))
        done = range.upperBound
      }
    }
    return found
  }

  private func entry(at position: Int, of text: [UInt8], before end: Int) -> Entry? {
    lengths.lazy.compactMap { length in
      position + length <= end ? entries[text[position..<position + length]] : nil
    }.first
  }

  private func isInsideWord(_ range: Range<Int>, of text: [UInt8]) -> Bool {
    func isWord(_ scalar: Unicode.Scalar?) -> Bool {
      guard let scalar else { return false }
      return scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
    return isWord(UTF8Character.scalar(before: range.lowerBound, of: text))
      || isWord(UTF8Character.scalar(at: range.upperBound, of: text))
  }

  private static func spaceStart(before end: Int, of text: [UInt8]) -> Int {
    var start = end
    while let scalar = UTF8Character.scalar(before: start, of: text), scalar.properties.isWhitespace {
      start -= UTF8.width(scalar)
    }
    return start
  }

  private static func spaceEnd(after start: Int, of text: [UInt8]) -> Int {
    var end = start
    while let scalar = UTF8Character.scalar(at: end, of: text), scalar.properties.isWhitespace {
      end += UTF8.width(scalar)
    }
    return end
  }
}
