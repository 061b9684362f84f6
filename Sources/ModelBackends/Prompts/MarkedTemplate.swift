/// A template that another engine renders. It is given marks instead of the messages' text, so that the text stays
/// text: a `</s>` that a user types is four letters, never the end of the text.
package struct MarkedTemplate: Sendable {
  /// The subject of errors.
  private let subject: String
  /// The spelling of the beginning-of-text token, where the tokenizer adds it itself.
  private let beginning: String?

  /// White space that occurs in no template.
  private static let space: Character = "\u{0B}"
  /// Private-use characters, which no template contains.
  private static let (open, close): (Character, Character) = ("\u{E000}", "\u{E001}")

  /// Creates a template for a vocabulary.
  ///
  /// - Parameters:
  ///   - name: The model's name, for errors.
  ///   - vocabulary: Determines the token that the tokenizer puts before a text.
  package init(of name: String, vocabulary: Vocabulary) {
    subject = "\(name)'s chat template"
    beginning = vocabulary.beginningOfText.map { String(decoding: vocabulary.bytes(of: $0), as: UTF8.self) }
  }

  /// A conversation's prompt.
  ///
  /// - Parameters:
  ///   - messages: The turns.
  ///   - write: Renders turns, with marks instead of text.
  /// - Throws: The errors of `write`; ``BackendError`` with the code `unsupported` where its output omits a turn.
  package func prompt(for messages: [Message], write: ([Message]) throws -> String) throws -> RenderedPrompt {
    let marked = messages.indices.map { index in
      Message(role: messages[index].role, content: messages[index].content.isEmpty ? "" : Self.mark(index))
    }
    var rest = try write(marked)[...]
    if let beginning, rest.hasPrefix(beginning) { rest = rest.dropFirst(beginning.count) }
    var missing = Set(messages.indices.filter { !messages[$0].content.isEmpty })
    var parts: [RenderedPrompt.Part] = []
    while let start = rest.firstIndex(of: Self.open) {
      guard let end = rest[start...].firstIndex(of: Self.close), let index = Int(rest[start..<end].dropFirst()),
        messages.indices.contains(index)
      else { throw misfit("changes messages in a way that cannot be followed") }
      missing.remove(index)
      var markup = rest[..<start]
      var content = messages[index].content[...]
      rest = rest[end...].dropFirst()
      // A template that trims the messages' text has trimmed the spaces around the mark too.
      if markup.last == Self.space {
        markup = markup.dropLast()
      } else {
        content = content.drop(while: \.isWhitespace)
      }
      if rest.first == Self.space {
        rest = rest.dropFirst()
      } else {
        while content.last?.isWhitespace == true { content = content.dropLast() }
      }
      if !markup.isEmpty { parts.append(.markup(String(markup))) }
      parts.append(.text(Array(content.utf8)))
    }
    if let index = missing.min() { throw misfit("has no place for a \(messages[index].role.rawValue) turn here") }
    if !rest.isEmpty { parts.append(.markup(String(rest))) }
    return RenderedPrompt(parts: parts)
  }

  private static func mark(_ index: Int) -> String { "\(space)\(open)\(index)\(close)\(space)" }

  private func misfit(_ problem: String) -> BackendError {
    BackendError(
      .unsupported, in: subject, problem,
      remedy: "Leave the turn out, or give the member a template of its own.")
  }
}
