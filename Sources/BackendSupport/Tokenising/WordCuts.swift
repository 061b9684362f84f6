package import ModelBackends

/// Cut points between words that no token of a vocabulary spans.
///
/// Byte-pair merges, unigram search and longest matches give the same tokens on both sides of such a point, whatever
/// text is on the other side. The earlier steps of a tokenizer must work word by word: see `Tokenizer.canCut(_:at:)`.
package struct WordCuts: Sendable {
  private let tokens: TokensByBytes
  /// The maximum distance before an index at which a token may begin that spans it; 0 where no token spans two words.
  private let reach: Int

  /// The length of the longest token that spans two words; 0 where none does.
  package let longestAcross: Int

  /// Prepares a vocabulary.
  ///
  /// - Complexity: O(number of bytes) where the tokens are sorted.
  package init(_ vocabulary: Vocabulary) {
    tokens = vocabulary.tokensByBytes
    var (reach, longestAcross) = (0, 0)
    for id in vocabulary.textTokens {
      let token = vocabulary.bytes(of: id)
      let before = Self.reach(of: token)
      if before > 0 { (reach, longestAcross) = (max(reach, before), max(longestAcross, token.count)) }
    }
    self.reach = reach
    self.longestAcross = longestAcross
  }

  /// The maximum number of bytes of a token before a cut point in it; 0 where it has no point between words.
  private static func reach(of token: ArraySlice<UInt8>) -> Int {
    let positions = token.indices.dropFirst().reversed()
    let last = positions.first { position in
      token[position] == UInt8(ascii: " ") && !isSpace(token[position - 1])
        || token[position - 1] == UInt8(ascii: "\n") && !isSpace(token[position])
    }
    return last.map { $0 - token.startIndex } ?? 0
  }

  /// Returns whether a byte is white space by itself.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

  /// Returns whether an index lies before the space or after the line feed that alone separates two words, and no token
  /// spans it.
  ///
  /// - Complexity: O(1) where no token spans two words, as in most vocabularies; else O(L log V) comparisons where L is
  ///   the length of the longest one that does.
  package func isCut(_ text: [UInt8], at position: Int) -> Bool {
    Self.isBetweenWords(text, at: position) && !isCrossed(position, in: text)
  }

  /// Returns whether an index lies before the space or after the line feed that alone separates two words.
  package static func isBetweenWords(_ text: [UInt8], at position: Int) -> Bool {
    guard position > 0, position < text.count else { return false }
    if text[position] == UInt8(ascii: " ") {
      return wordEnds(in: text, at: position) && letterBegins(in: text, at: position + 1)
    }
    return text[position - 1] == UInt8(ascii: "\n") && wordEnds(in: text, at: position - 1)
      && letterBegins(in: text, at: position)
  }

  /// Returns whether a token may begin before an index and end after it, in this text or in one that continues it.
  private func isCrossed(_ position: Int, in text: [UInt8]) -> Bool {
    for start in stride(from: position - 1, through: max(0, position - reach), by: -1) {
      for candidate in tokens.range(beginningWith: text[start...position]) {
        let rest = tokens.token(at: candidate).dropFirst(position - start)
        if text[position...].starts(with: rest) || rest.starts(with: text[position...]) { return true }
      }
    }
    return false
  }

  /// Returns whether a whole character that is not white space ends at an index.
  private static func wordEnds(in text: [UInt8], at position: Int) -> Bool {
    for length in 1...4 where length <= position {
      let start = position - length
      guard UTF8Character.length(in: text, at: start) == length else { continue }
      return scalar(in: text, at: start).map { !$0.properties.isWhitespace } ?? false
    }
    return false
  }

  /// Returns whether a whole letter begins at an index.
  private static func letterBegins(in text: [UInt8], at position: Int) -> Bool {
    guard position < text.count, UTF8Character.length(in: text, at: position) > 0 else { return false }
    return scalar(in: text, at: position)?.properties.isAlphabetic ?? false
  }

  private static func scalar(in text: [UInt8], at position: Int) -> Unicode.Scalar? {
    let length = UTF8Character.length(in: text, at: position)
    return String(decoding: text[position..<position + length], as: UTF8.self).unicodeScalars.first
  }
}
