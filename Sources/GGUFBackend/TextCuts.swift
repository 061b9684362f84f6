#if LlamaCpp
  import CLlamaShim
  import ModelBackends

  /// Where the tokenizer of a GGUF file lets a text be cut: between words, where no token of any kind lies across.
  struct TextCuts: Sendable {
    private let words: WordCuts
    /// How far from a place tokens are looked for.
    private let reach: Int
    /// Spellings with white space inside of tokens that are no text. Letters merge to them before they are put right.
    private let spelledApart: [[UInt8]]
    /// Tokens that take the white space after them, or before them, away from the text.
    private let takesAfter: [ArraySlice<UInt8>]
    private let takesBefore: [ArraySlice<UInt8>]
    /// What the text becomes before tokens are found in it.
    private let normalForm: NormalForm?
    /// How far from a place the text counts.
    private let margin: Int

    init(_ model: LlamaModel, vocabulary: Vocabulary, normalForm: NormalForm?) {
      self.normalForm = normalForm
      words = WordCuts(vocabulary)
      let longest = vocabulary.indices.map { vocabulary.bytes(of: $0).count }.max() ?? 0
      reach = longest * GGUFTokenizer.spaceSign.count
      spelledApart = vocabulary.indices.filter { !vocabulary.kind(of: $0).isText }
        .compactMap { deepen_llama_token_spelling(model.handle, Int32($0)) }
        .map { Array(String(cString: $0).replacing("\u{2581}", with: " ").utf8) }
        .filter { $0.contains(UInt8(ascii: " ")) || $0.contains(UInt8(ascii: "\n")) }
      func added(with attribute: Int32) -> [ArraySlice<UInt8>] {
        vocabulary.indices
          .filter { vocabulary.kind(of: $0) == .userDefined }
          .filter { deepen_llama_token_attributes(model.handle, Int32($0)) & attribute != 0 }
          .map { vocabulary.bytes(of: $0) }
      }
      takesBefore = added(with: TokenAttribute.stripsLeft)
      takesAfter = added(with: TokenAttribute.stripsRight)
      let around = spelledApart.map(\.count) + (takesBefore + takesAfter).map(\.count)
      margin = max(words.longestAcross, around.max() ?? 0)
    }

    /// Whether the parts before and after a place can be read on their own, whatever follows.
    func isCut(_ text: [UInt8], at place: Int) -> Bool {
      guard words.isCut(text, at: place), isNormal(text, around: place) else { return false }
      let (before, after) = (text[..<place], text[place...])
      if takesAfter.contains(where: { before.suffix($0.count).elementsEqual($0) }) { return false }
      if takesBefore.contains(where: { after.starts(with: $0) || $0.starts(with: after) }) { return false }
      if mayHideSpace(text[max(0, place - reach)..<min(text.count, place + reach)], of: text) { return false }
      return !spelledApart.contains { spelling in
        (1..<spelling.count).contains { length in
          let rest = spelling[length...]
          return before.suffix(length).elementsEqual(spelling[..<length])
            && (after.starts(with: rest) || rest.starts(with: after))
        }
      }
    }

    /// Whether what is looked for around a place is found in the normalised text as well.
    ///
    /// Spaces and line feeds compose with nothing, so that both sides are normalised apart. Only where tokens reach
    /// across words does the text on both sides count, and there it must be known as far as they reach, and be normal.
    private func isNormal(_ text: [UInt8], around place: Int) -> Bool {
      guard let normalForm else { return true }
      if margin == 0 { return true }
      guard place + margin < text.count else { return false }
      // From one character of ASCII to another: nothing before the first one can be composed with what follows it.
      let start = text[..<max(0, place - margin)].lastIndex { $0 < 0x80 } ?? 0
      let end = text[(place + margin)...].firstIndex { $0 < 0x80 } ?? text.count
      let window = text[start..<end]
      return window.allSatisfy { $0 < 0x80 }
        || Array(window).utf8Runs().allSatisfy { !$0.isValid || normalForm.normalized($0.bytes) == Array($0.bytes) }
    }

    /// Whether the sign that stands for a space in vocabularies occurs, or begins where the text ends.
    private func mayHideSpace(_ part: ArraySlice<UInt8>, of text: [UInt8]) -> Bool {
      let sign = GGUFTokenizer.spaceSign
      if part.firstRange(of: sign) != nil { return true }
      return part.endIndex == text.count && (1..<sign.count).contains { part.suffix($0).elementsEqual(sign[..<$0]) }
    }
  }
#endif
