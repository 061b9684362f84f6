public import DeePEn

/// Synthetic vocabularies in bytes: shared tokens have the same bytes for all members.
public enum SyntheticVocabulary {
  private static let syllables: [String] = "bdfgklmnprst".flatMap { head in "aeiou".map { "\(head)\($0)" } }

  /// A member's vocabulary: the single bytes first, the end of generation last, and words of syllables between them,
  /// half of them with a space before them. A member's own words follow the shared ones.
  ///
  /// - Precondition: The layout has more than 512 shared tokens.
  public static func make(_ layout: TokenLayout, member: Int) throws -> Vocabulary {
    precondition(layout.sharedCount > 512, "\(layout.sharedCount) shared tokens leave no room for words.")
    let last = layout.vocabularyCount - 1
    let tokens = (0..<layout.vocabularyCount).map { token -> Token in
      if token == last { return Token("<end>", kind: .control) }
      if let number = layout.sharedNumber(of: token) { return shared(number) }
      // No shared word contains "q"; member and token determine the rest.
      let stem = shared(256 + token % (layout.sharedCount - 256)).bytes
      return Token(bytes: stem + Array("q\(member)\(word(token))".utf8))
    }
    return try Vocabulary(tokens: tokens, endOfGeneration: [last])
  }

  private static func shared(_ number: Int) -> Token {
    guard number >= 256 else { return Token(bytes: [UInt8(number)], kind: .byte) }
    let index = number - 256
    return Token((index % 2 == 0 ? " " : "") + word(index / 2))
  }

  /// A number in syllables, at least two of them, so that no word is a single byte.
  private static func word(_ number: Int) -> String {
    var (rest, text) = (number, "")
    repeat {
      text += syllables[rest % syllables.count]
      rest /= syllables.count
    } while rest > 0
    return text
  }
}
