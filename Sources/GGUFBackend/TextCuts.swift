#if LlamaCpp
  import BackendSupport
  import CLlamaShim
  import ModelBackends

  /// Decides where the tokenizer of a GGUF file lets a text be cut: between words, where no token of any kind spans the
  /// cut.
  struct TextCuts: Sendable {
    private let words: WordCuts
    /// The distance from an index within which tokens are searched for.
    private let reach: Int
    /// Spellings with white space inside of tokens that are not text. Letters merge to them before that is corrected.
    private let spelledApart: [[UInt8]]
    /// Tokens that absorb the white space after them, or before them.
    private let takesAfter: [ArraySlice<UInt8>]
    private let takesBefore: [ArraySlice<UInt8>]
    /// The form to which the text is normalised before tokens are found in it.
    private let normalForm: NormalForm?
    /// The distance from an index within which the text matters.
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

    /// Returns whether the parts before and after an index can be tokenised separately, whatever follows.
    func isCut(_ text: [UInt8], at position: Int) -> Bool {
      guard words.isCut(text, at: position), isNormal(text, around: position) else { return false }
      let (before, after) = (text[..<position], text[position...])
      if takesAfter.contains(where: { before.suffix($0.count).elementsEqual($0) }) { return false }
      if takesBefore.contains(where: { after.starts(with: $0) || $0.starts(with: after) }) { return false }
      if mayHideSpace(text[max(0, position - reach)..<min(text.count, position + reach)], of: text) { return false }
      return !spelledApart.contains { spelling in
        (1..<spelling.count).contains { length in
          let rest = spelling[length...]
          return before.suffix(length).elementsEqual(spelling[..<length])
            && (after.starts(with: rest) || rest.starts(with: after))
        }
      }
    }

    /// Returns whether tokens found around an index are found in the normalised text as well.
    ///
    /// Spaces and line feeds compose with nothing, so that both sides are normalised separately. Only where tokens span
    /// words does the text on both sides matter, and there it must be known as far as they reach, and be normalised.
    private func isNormal(_ text: [UInt8], around position: Int) -> Bool {
      guard let normalForm else { return true }
      if margin == 0 { return true }
      guard position + margin < text.count else { return false }
      // Between two ASCII characters: nothing before the first one can compose with the text after it.
      let start = text[..<max(0, position - margin)].lastIndex { $0 < 0x80 } ?? 0
      let end = text[(position + margin)...].firstIndex { $0 < 0x80 } ?? text.count
      let window = text[start..<end]
      return window.allSatisfy { $0 < 0x80 }
        || Array(window).utf8Runs().allSatisfy { !$0.isValid || normalForm.normalized($0.bytes) == Array($0.bytes) }
    }

    /// Returns whether the sign that represents a space in vocabularies occurs, or may begin where the text ends.
    private func mayHideSpace(_ part: ArraySlice<UInt8>, of text: [UInt8]) -> Bool {
      let sign = GGUFTokenizer.spaceSign
      if part.firstRange(of: sign) != nil { return true }
      return part.endIndex == text.count && (1..<sign.count).contains { part.suffix($0).elementsEqual(sign[..<$0]) }
    }
  }
#endif
