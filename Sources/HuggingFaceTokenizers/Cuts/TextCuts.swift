internal import ModelBackends

/// Where a tokenizer's texts can be cut, decided from its components.
///
/// Between two words, both sides must be read as they are alone, whatever stands around them: by the search for added
/// tokens, the normaliser, the pre-tokeniser and the model. A pre-tokeniser that splits there leaves nothing for the
/// model to join; where it does not, no token of the vocabulary may lie across.
struct TextCuts: Sendable {
  /// What makes a place a cut.
  private enum Rule {
    case never
    /// No token lies across.
    case betweenTokens
    /// The pre-tokeniser splits there.
    case always
  }

  private let words: WordCuts
  private let beforeSpace: Rule
  private let afterLineFeed: Rule
  private let normalizer: (any Normalizer)?
  private let scope: NormalizerScope
  /// The contents of added tokens, as they stand in a text.
  private let contents: [[UInt8]]
  /// Those that are looked for in words as the normaliser leaves them.
  private let normalContents: [[UInt8]]
  /// What spaces are spelt as; in a text it would be taken for one.
  private let spelling: [UInt8]
  /// How far a token can reach.
  private let reach: Int

  /// Decides for a tokenizer.
  init(
    normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?, model: any TokenModel, decoder: TokenDecoder,
    addedTokens: AddedTokens, vocabulary: Vocabulary
  ) {
    words = WordCuts(vocabulary)
    let scope = normalizer?.scope ?? .spaces
    self.scope = scope
    let spelling = scope == .spaces ? normalizer?.continued([0x20]) ?? [0x20] : [0x20]
    let isRespelt = spelling != [0x20]
    func effect(at place: CutPlace) -> CutEffect {
      if scope == .unknown { return .unknown }
      guard let preTokenizer else { return .local }
      // Patterns would have to be understood in the other spelling.
      if isRespelt, (preTokenizer as? PatternSplit)?.isOneCharacter != true { return .unknown }
      let effect = preTokenizer.effect(at: place)
      return isRespelt && effect == .splits ? .local : effect
    }
    let spaceSpelling = isRespelt ? spelling : preTokenizer?.spelling(of: 0x20) ?? [0x20]
    let lineFeedSpelling = preTokenizer?.spelling(of: 0x0A) ?? [0x0A]
    let isSpeltOut =
      scope == .spaces && decoder.inverts(spaceSpelling: spaceSpelling)
      && !vocabulary.hasMarkers(holding: [[0x20], [0x0A], spaceSpelling, lineFeedSpelling])
    func rule(at place: CutPlace) -> Rule {
      let separator = place == .beforeSpace ? spaceSpelling : lineFeedSpelling
      switch effect(at: place) {
      case .unknown: return .never
      case .splits: return .always
      case .local: return isSpeltOut && model.readsApart(around: separator) ? .betweenTokens : .never
      }
    }
    // Between words as the normaliser leaves them, no run of spaces is found, and what holds no space lies in a word.
    let normalContents = scope == .spaces ? [] : addedTokens.normalizedContents.filter { !Self.isRunOfSpaces($0) }
    self.normalContents = normalContents
    let canFind =
      scope == .spaces || !addedTokens.normalizedOnesStrip && !normalContents.contains { $0[...].hasSpace }
    beforeSpace = canFind ? rule(at: .beforeSpace) : .never
    afterLineFeed = canFind ? rule(at: .afterLineFeed) : .never
    self.normalizer = scope == .spaces ? nil : normalizer
    self.spelling = spaceSpelling
    let verbatim = addedTokens.verbatimContents + (scope == .spaces ? addedTokens.normalizedContents : [])
    contents =
      verbatim + verbatim.map { Array(Pattern.string(spaceSpelling).replacing(in: $0[...], with: [0x20])) }
    reach = max(
      vocabulary.indices.lazy.map { vocabulary.bytes(of: $0).count }.max() ?? 0, contents.lazy.map(\.count).max() ?? 0)
  }

  /// Whether the parts of a text on both sides of a place can be read on their own.
  func canCut(_ text: [UInt8], at place: Int) -> Bool {
    let isSpace = text[place] == CutPlace.beforeSpace.separator
    guard isSpace || text[place - 1] == CutPlace.afterLineFeed.separator else { return false }
    let rule = isSpace ? beforeSpace : afterLineFeed
    if case .never = rule { return false }
    guard WordCuts.isBetweenWords(text, at: place) else { return false }
    let separator = isSpace ? place : place - 1
    guard neighboursStay(text, around: separator), !addedTokenTouches(separator, in: text) else { return false }
    guard case .betweenTokens = rule else { return true }
    return words.isCut(text, at: place) && !isMisspelt(text, around: place)
  }

  /// Whether a letter follows the separator, and the normaliser leaves all three what they are: the end of a word, the
  /// separator, a letter.
  private func neighboursStay(_ text: [UInt8], around separator: Int) -> Bool {
    let letter = text[(separator + 1)..<(separator + 1 + text.scalarLength(at: separator + 1))]
    guard isLetter(letter) else { return false }
    guard let normalizer else { return true }
    if scope == .words || !normalContents.isEmpty { return wordsStay(text, around: separator, normalizer) }
    let end = text[text.scalarStart(before: separator)..<separator]
    guard normalizer.continued(text[separator...separator]) == [text[separator]] else { return false }
    let word = normalizer.continued(end)[...]
    guard !word.isEmpty, isLetter(normalizer.continued(letter)[...]) else { return false }
    return Unicode.Scalar(word.scalar(at: word.scalarStart(before: word.endIndex)).value)?.isSpace == false
  }

  /// Whether the normaliser reads the words on both sides and the separator apart, and leaves the end of one word, the
  /// separator and a letter; and whether no added token touches the separator then.
  ///
  /// What it makes of them does not depend on what lies beyond the white space around, so the second word has to be
  /// known up to there.
  private func wordsStay(_ text: [UInt8], around separator: Int, _ normalizer: any Normalizer) -> Bool {
    let longest = 256
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
    let start = text[..<separator].lastIndex(where: isSpace).map { $0 + 1 } ?? 0
    guard let end = text[(separator + 1)...].firstIndex(where: isSpace), end - start <= longest else { return false }
    let whole = text[start..<end]
    // Stray bytes are read as other characters are, but their normal forms are not known here.
    guard isValidUTF8(whole) else { return false }
    // A mark at the start, or a prepended sign at the end, would belong to a cluster with the white space outside.
    let first = text[start..<start + text.scalarLength(at: start)]
    let final = text[text.scalarStart(before: end)..<end]
    guard start == 0 || ([0x20] + first)[...].string.count == 2, (final + [0x20])[...].string.count == 2 else {
      return false
    }
    let before = normalizer.continued(whole[..<separator])
    let after = normalizer.continued(whole[(separator + 1)...])
    let normal = normalizer.continued(whole)
    guard let last = before[...].lastScalar, !last.isSpace, isLetter(after[...]),
      normal == before + [text[separator]] + after
    else { return false }
    // A normaliser that strips texts may take the separator from a part.
    let place = text[separator] == CutPlace.beforeSpace.separator ? separator : separator + 1
    guard normalizer.continued(whole[..<place]) + normalizer.continued(whole[place...]) == normal else { return false }
    return !normalContents.contains { before.suffix($0.count) == $0[...] || after.starts(with: $0) }
  }

  /// Whether a token consists of several spaces and nothing else.
  private static func isRunOfSpaces(_ content: [UInt8]) -> Bool {
    let scalars = content[...].string.unicodeScalars
    return scalars.count > 1 && scalars.allSatisfy(\.isSpace)
  }

  private func isLetter(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.indices.first else { return false }
    switch Unicode.Scalar(text.scalar(at: first).value)?.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
    default: return false
    }
  }

  /// Whether an added token lies across the separator or touches it, or may do so when the text goes on.
  private func addedTokenTouches(_ separator: Int, in text: [UInt8]) -> Bool {
    contents.contains { content in
      (max(0, separator - content.count)...separator + 1).contains { start in
        // The first byte rules out nearly all of them.
        guard text[start] == content[0] else { return false }
        let rest = text[start...]
        return rest.starts(with: content) || content.starts(with: rest)
      }
    }
  }

  /// Whether the text holds what spaces are spelt as, so near that a token could hold both.
  private func isMisspelt(_ text: [UInt8], around place: Int) -> Bool {
    if spelling == [0x20] { return false }
    let window = text[max(0, place - reach)..<min(text.count, place + reach)]
    return !Pattern.string(spelling).matches(in: window).isEmpty
  }
}
