/// The parts of a template's prompts that may name control tokens.
public enum TemplateMarkup: Sendable, Hashable {
  /// None: all of it is text, and the spelling of a control token is ordinary text.
  case none
  /// The template's own text, as in `<|user|>`; the messages' text stays text.
  case patterns
  /// All of it, including the messages' text. Never use it where anyone but you writes the messages.
  case everything
}

/// A template for base models: text around a whole conversation.
///
/// `{prompt}` in the pattern stands for the conversation's text, turns joined by newlines:
///
/// ```swift
/// let template = TextTemplate("Question: {prompt}\nAnswer:")
/// ```
///
/// To format each turn separately, use a ``TurnTemplate``.
public struct TextTemplate: PromptTemplate {
  private let pattern: PlaceholderPattern
  private let markup: TemplateMarkup

  /// Creates a template. A pattern without `{prompt}` is put before the conversation's text.
  public init(_ pattern: String = "{prompt}", markup: TemplateMarkup = .none) {
    self.pattern = PlaceholderPattern(pattern, placeholder: "{prompt}")
    self.markup = markup
  }

  /// The text of all turns, joined by newlines, inside the pattern.
  public func prompt(for messages: [Message]) -> RenderedPrompt {
    RenderedPrompt(pattern.around(messages.map(\.content).joined(separator: "\n")), markup: markup)
  }
}

/// A template for base models: text around each turn.
///
/// `{content}` in a pattern stands for the text of the turn. After the last turn comes the opening of the answer:
///
/// ```swift
/// let template = TurnTemplate(
///   user: "Question: {content}\n", assistant: "Answer: {content}\n", opening: "Answer:")
/// ```
public struct TurnTemplate: PromptTemplate {
  private let patterns: [Message.Role: PlaceholderPattern]
  private let opening: String
  private let markup: TemplateMarkup

  /// Creates a template. A pattern without `{content}` is put before the text.
  ///
  /// - Parameters:
  ///   - system: The pattern of instructions.
  ///   - user: The pattern of the user's turns.
  ///   - assistant: The pattern of earlier answers.
  ///   - opening: The text that the model's next tokens follow.
  ///   - markup: The parts that may name control tokens.
  public init(
    system: String = "{content}\n", user: String, assistant: String, opening: String, markup: TemplateMarkup = .none
  ) {
    patterns = [.system: system, .user: user, .assistant: assistant].mapValues {
      PlaceholderPattern($0, placeholder: "{content}")
    }
    self.opening = opening
    self.markup = markup
  }

  /// The turns in their patterns, then the opening.
  public func prompt(for messages: [Message]) -> RenderedPrompt {
    let turns = messages.flatMap { message in
      patterns[message.role]?.around(message.content) ?? [
        PlaceholderPattern.Piece(text: message.content, isPattern: false)
      ]
    }
    return RenderedPrompt(turns + [PlaceholderPattern.Piece(text: opening, isPattern: true)], markup: markup)
  }
}

/// Text with a placeholder.
private struct PlaceholderPattern: Sendable {
  /// Text of the pattern, or the text that was inserted.
  struct Piece {
    var text: String
    var isPattern: Bool
  }

  private let before: String
  private let after: String

  init(_ pattern: String, placeholder: String) {
    let range = pattern.firstRange(of: placeholder) ?? pattern.endIndex..<pattern.endIndex
    before = String(pattern[..<range.lowerBound])
    after = String(pattern[range.upperBound...])
  }

  func around(_ text: String) -> [Piece] {
    [
      Piece(text: before, isPattern: true), Piece(text: text, isPattern: false),
      Piece(text: after, isPattern: true),
    ]
  }
}

extension RenderedPrompt {
  /// Converts pieces to text or markup; neighbours of the same kind become one part, because a tokenizer reads them
  /// together.
  fileprivate init(_ pieces: [PlaceholderPattern.Piece], markup: TemplateMarkup) {
    var runs: [(text: String, isMarkup: Bool)] = []
    for piece in pieces where !piece.text.isEmpty {
      let isMarkup = markup == .everything || markup == .patterns && piece.isPattern
      if let last = runs.last, last.isMarkup == isMarkup {
        runs[runs.count - 1].text += piece.text
      } else {
        runs.append((piece.text, isMarkup))
      }
    }
    // An empty prompt still has a start, before which a tokenizer may put a marker.
    if runs.isEmpty { runs = [("", false)] }
    self.init(parts: runs.map { $0.isMarkup ? .markup($0.text) : .text(Array($0.text.utf8)) })
  }
}
