internal import ModelBackends

/// A member's text as its tokenizer reads it: control tokens that markup names, and the texts between them.
///
/// Only control tokens separate. The rest of a template's text and the messages are one text, which the tokenizer reads
/// as if one person had written it. A control token must be spelt completely by a template: neither the messages' text
/// nor text that continues a partial spelling in the template becomes one.
struct ContextRuns: Sendable {
  /// A control token, or a text between two.
  enum Run: Sendable, Hashable {
    case token(TokenID)
    case text(Text)
  }

  /// A text that is tokenised as one.
  struct Text: Sendable, Hashable {
    var bytes: [UInt8]
    /// The position of the text.
    var options: EncodingOptions
    /// The ranges of its bytes that are the prompt's words, in order: those that no template wrote.
    var words: [Range<Int>]
  }

  /// In reading order. The last one is a text, which the answer continues; it may be empty.
  private(set) var runs: [Run] = []
  /// Whether there is a prompt: an empty one has a start all the same.
  private let hasStart: Bool

  /// Reads a prompt, with a tokenizer's control tokens.
  ///
  /// - Complexity: O(n) for a prompt of n bytes, besides the tokenizer's search for control tokens in its markup.
  init(_ prompt: RenderedPrompt, readBy tokenizer: some Tokenizer) {
    self.init(prompt, controlTokens: tokenizer.controlTokens)
  }

  /// Reads a prompt, given a function that finds the control tokens in it (`Tokenizer.controlTokens(in:markup:)`).
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

  /// Appends an answer to the last text.
  mutating func append(_ answer: [UInt8]) {
    guard !answer.isEmpty, case .text(var last) = runs[runs.count - 1] else { return }
    last.bytes += answer
    runs[runs.count - 1] = .text(last)
  }

  /// Returns whether a text has something to read: bytes, or the start of a prompt, where a tokenizer may put a marker.
  func isRead(_ text: Text) -> Bool { !text.bytes.isEmpty || hasStart && text.options.isStart }
}

extension [Range<Int>] {
  /// Appends a range; one that begins where the last one ends is merged with it.
  mutating func extend(by range: Range<Int>) {
    if let last, last.upperBound == range.lowerBound {
      self[count - 1] = last.lowerBound..<range.upperBound
    } else {
      append(range)
    }
  }

  /// The parts inside a range, relative to its start.
  func inside(_ range: Range<Int>) -> [Range<Int>] {
    compactMap { part in
      let common = part.clamped(to: range)
      return common.isEmpty ? nil : common.lowerBound - range.lowerBound..<common.upperBound - range.lowerBound
    }
  }
}
