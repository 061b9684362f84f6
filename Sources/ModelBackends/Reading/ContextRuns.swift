/// A member's text as its tokenizer reads it: control tokens that markup names, and the texts between them.
///
/// Only control tokens separate. What a template writes beside them and what people say is one text, which the
/// tokenizer reads as it would have if one person had written it. A control token is one that a template spells whole:
/// neither words nor words that go on where the template's stop become one.
struct ContextRuns: Sendable {
  /// A control token, or a text between two.
  enum Run: Sendable, Hashable {
    case token(TokenID)
    case text(Text)
  }

  /// A text that is read as one.
  struct Text: Sendable, Hashable {
    var bytes: [UInt8]
    /// Where the text stands.
    var options: EncodingOptions
    /// Which of its bytes are the prompt's words, in order: those that no template wrote.
    var words: [Range<Int>]
  }

  /// In reading order. The last one is a text, which the answer continues; it may be empty.
  private(set) var runs: [Run] = []
  /// Whether there is a prompt: one without words has a start all the same.
  private let hasStart: Bool

  /// Reads a prompt, with a tokenizer's control tokens.
  ///
  /// - Complexity: O(n) for a prompt of n bytes, beside what the tokenizer needs to find control tokens in its markup.
  init(_ prompt: RenderedPrompt, readBy tokenizer: some Tokenizer) {
    self.init(prompt, controlTokens: tokenizer.controlTokens)
  }

  /// Reads a prompt, given a way to find the control tokens in it (``Tokenizer/controlTokens(in:markup:)``).
  init(_ prompt: RenderedPrompt, controlTokens: (_ text: [UInt8], _ markup: [Range<Int>]) -> [SpelledToken]) {
    hasStart = !prompt.parts.isEmpty
    var bytes: [UInt8] = []
    var (words, markup): ([Range<Int>], [Range<Int>]) = ([], [])
    for part in prompt.parts {
      let start = bytes.count
      switch part {
      case .text(let text): bytes += text
      case .markup(let text): bytes += text.utf8
      }
      guard start < bytes.count else { continue }
      if case .text = part { words.extend(by: start..<bytes.count) } else { markup.extend(by: start..<bytes.count) }
    }
    func appendText(_ range: Range<Int>) {
      let options = EncodingOptions(isStart: runs.isEmpty, followsControlToken: !runs.isEmpty && !range.isEmpty)
      runs.append(.text(Text(bytes: Array(bytes[range]), options: options, words: words.inside(range))))
    }
    var start = 0
    for token in markup.isEmpty ? [] : controlTokens(bytes, markup) {
      if runs.isEmpty || start < token.range.lowerBound { appendText(start..<token.range.lowerBound) }
      runs.append(.token(token.id))
      start = token.range.upperBound
    }
    appendText(start..<bytes.count)
  }

  /// Lets an answer continue the last text.
  mutating func append(_ answer: [UInt8]) {
    guard !answer.isEmpty, case .text(var last) = runs[runs.count - 1] else { return }
    last.bytes += answer
    runs[runs.count - 1] = .text(last)
  }

  /// Whether a text has something to read: words, or the start of a prompt, where a tokenizer may put a marker.
  func isRead(_ text: Text) -> Bool { !text.bytes.isEmpty || hasStart && text.options.isStart }
}

extension [Range<Int>] {
  /// Adds a range behind the others; one that begins where the last one ends goes on with it.
  mutating func extend(by range: Range<Int>) {
    if let last, last.upperBound == range.lowerBound {
      self[count - 1] = last.lowerBound..<range.upperBound
    } else {
      append(range)
    }
  }

  /// What lies inside a range, counted from its start.
  func inside(_ range: Range<Int>) -> [Range<Int>] {
    compactMap { part in
      let common = part.clamped(to: range)
      return common.isEmpty ? nil : common.lowerBound - range.lowerBound..<common.upperBound - range.lowerBound
    }
  }
}
