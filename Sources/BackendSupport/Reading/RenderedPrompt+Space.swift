package import ModelBackends

extension RenderedPrompt {
  /// Returns whether a word that follows the prompt is written with a space before it: it is after a word or a colon,
  /// and is not after white space, an opening bracket or quotation mark, or letters and signs of Chinese and Japanese.
  /// After a control token, and for an empty prompt, it is where the tokenizer puts a space before every text.
  ///
  /// Texts that are scored after a prompt begin accordingly. A model that is to answer after `<|im_start|>assistant\n`
  /// says `A`, one that is to answer after `Answer:` says ` A`; the opposite form is unlikely in either context.
  ///
  /// - Parameter backend: Determines which markup names control tokens, and how its tokenizer begins texts.
  /// - Complexity: O(n) for a prompt of n bytes.
  package func asksForSpace(readBy backend: some ModelBackend) -> Bool {
    let runs = ContextRuns(self) { text, markup in
      if let tokenizer = backend.tokenizer { return tokenizer.controlTokens(in: text, markup: markup) }
      return backend.vocabulary.controlSpellings.tokens(in: text, parts: markup)
    }
    guard case .text(let text) = runs.runs.last else { return false }
    if text.bytes.isEmpty {
      let options = EncodingOptions(isStart: text.options.isStart, followsControlToken: true)
      let word = try? backend.tokenizer?.encode([UInt8(ascii: "a")], options: options)
      return word.map { backend.vocabulary.text(of: $0).first == UInt8(ascii: " ") } ?? false
    }
    // Bytes that are not valid text do not end a word either.
    guard let last = UTF8Character.scalar(before: text.bytes.count, of: text.bytes) else { return false }
    let properties = last.properties
    let isOpening = [.openPunctuation, .initialPunctuation].contains(properties.generalCategory)
    let isWithoutSpaces =
      properties.isIdeographic || 0x3000...0x30FF ~= last.value || 0xFF00...0xFFEF ~= last.value
    return !properties.isWhitespace && !isOpening && !isWithoutSpaces
  }
}
