internal import BackendSupport
internal import ModelBackends

/// Decides where a tokenizer's texts can be cut, from its components.
///
/// Between two words, every component must treat both sides as it would treat them alone, whatever is around them: the
/// search for added tokens, the normaliser, the pre-tokeniser and the model. A pre-tokeniser that splits there leaves
/// nothing for the model to join; where it does not, no token of the vocabulary may span the cut.
struct TextCuts: Sendable {
  /// The condition under which a point is a cut.
  private enum Rule {
    case never
    /// No token spans it.
    case betweenTokens
    /// The pre-tokeniser splits there.
    case always
  }

  private let words: WordCuts
  private let beforeSpace: Rule
  private let afterLineFeed: Rule
  private let normalizer: (any Normalizer)?
  private let scope: NormalizerScope
  /// The contents of added tokens in the original text.
  private let contents: [[UInt8]]
  /// The contents of added tokens that are searched for in normalised words.
  private let normalContents: [[UInt8]]
  /// The spelling of a space; the same characters in a text would be taken for one.
  private let spelling: [UInt8]
  /// The length of the longest token in bytes.
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
    func effect(at point: CutPoint) -> CutEffect {
      if scope == .unknown { return .unknown }
      guard let preTokenizer else { return .local }
      // Patterns would have to be interpreted in the other spelling.
      if isRespelt, (preTokenizer as? PatternSplit)?.isOneCharacter != true { return .unknown }
      let effect = preTokenizer.effect(at: point)
      return isRespelt && effect == .splits ? .local : effect
    }
    let spaceSpelling = isRespelt ? spelling : preTokenizer?.spelling(of: 0x20) ?? [0x20]
    let lineFeedSpelling = preTokenizer?.spelling(of: 0x0A) ?? [0x0A]
    let isSpeltOut =
      scope == .spaces && decoder.inverts(spaceSpelling: spaceSpelling)
      && !vocabulary.hasMarkers(holding: [[0x20], [0x0A], spaceSpelling, lineFeedSpelling])
    func rule(at point: CutPoint) -> Rule {
      let separator = point == .beforeSpace ? spaceSpelling : lineFeedSpelling
      switch effect(at: point) {
      case .unknown: return .never
      case .splits: return .always
      case .local: return isSpeltOut && model.readsApart(around: separator) ? .betweenTokens : .never
      }
    }
    // Between normalised words there are no runs of spaces, and a string without spaces lies within a word.
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

  /// Returns whether the parts of a text on both sides of an index can be tokenised separately.
  func canCut(_ text: [UInt8], at index: Int) -> Bool {
    let isSpace = text[index] == CutPoint.beforeSpace.separator
    guard isSpace || text[index - 1] == CutPoint.afterLineFeed.separator else { return false }
    let rule = isSpace ? beforeSpace : afterLineFeed
    if case .never = rule { return false }
    guard WordCuts.isBetweenWords(text, at: index) else { return false }
    let separator = isSpace ? index : index - 1
    guard neighboursStay(text, around: separator), !addedTokenTouches(separator, in: text) else { return false }
    guard case .betweenTokens = rule else { return true }
    return words.isCut(text, at: index) && !isMisspelt(text, around: index)
  }

  /// Returns whether a letter follows the separator, and the normaliser keeps all three as they are: the end of a word,
  /// the separator, a letter.
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

  /// Returns whether the normaliser treats the words on both sides and the separator independently, and keeps the end
  /// of one word, the separator and a letter; and whether no added token touches the separator then.
  ///
  /// The result does not depend on text beyond the white space around them, so the second word has to be known up to
  /// there.
  private func wordsStay(_ text: [UInt8], around separator: Int, _ normalizer: any Normalizer) -> Bool {
    let longest = 256
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
    let start = text[..<separator].lastIndex(where: isSpace).map { $0 + 1 } ?? 0
    guard let end = text[(separator + 1)...].firstIndex(where: isSpace), end - start <= longest else { return false }
    let whole = text[start..<end]
    // Stray bytes are treated like other characters, but their normal forms are not known here.
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
    // A normaliser that strips texts may remove the separator from a part.
    let cut = text[separator] == CutPoint.beforeSpace.separator ? separator : separator + 1
    guard normalizer.continued(whole[..<cut]) + normalizer.continued(whole[cut...]) == normal else { return false }
    return !normalContents.contains { before.suffix($0.count) == $0[...] || after.starts(with: $0) }
  }

  /// Returns whether a token consists of several spaces and nothing else.
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

  /// Returns whether an added token spans or touches the separator, or may do so when the text continues.
  private func addedTokenTouches(_ separator: Int, in text: [UInt8]) -> Bool {
    contents.contains { content in
      (max(0, separator - content.count)...separator + 1).contains { start in
        // The first byte excludes nearly all of them.
        guard text[start] == content[0] else { return false }
        let rest = text[start...]
        return rest.starts(with: content) || content.starts(with: rest)
      }
    }
  }

  /// Returns whether the text contains the spelling of a space so near that a token could span both.
  private func isMisspelt(_ text: [UInt8], around index: Int) -> Bool {
    if spelling == [0x20] { return false }
    let window = text[max(0, index - reach)..<min(text.count, index + reach)]
    return !Pattern.string(spelling).matches(in: window).isEmpty
  }
}
