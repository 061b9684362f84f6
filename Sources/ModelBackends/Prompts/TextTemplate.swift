/// Which parts of a template's prompts may name control tokens.
public enum TemplateMarkup: Sendable, Hashable {
  /// None: all of it is text, and the spelling of a control token is words.
  case none
  /// The template's own words, as in `<|user|>`; what people say stays text.
  case patterns
  /// All of it, what people say included. Never ask for it where others than you yourself write the messages.
  case everything
}

/// A template for base models: words around a whole conversation.
///
/// `{prompt}` in the pattern stands for the conversation's words, turns joined by newlines:
///
/// ```swift
/// let template = TextTemplate("Question: {prompt}\nAnswer:")
/// ```
///
/// Where turns are to be told apart, use a ``TurnTemplate``.
public struct TextTemplate: PromptTemplate {
  private let pattern: WordPattern
  private let markup: TemplateMarkup

  /// Makes a template. A pattern without `{prompt}` is put before the words.
  public init(_ pattern: String = "{prompt}", markup: TemplateMarkup = .none) {
    self.pattern = WordPattern(pattern, place: "{prompt}")
    self.markup = markup
  }

  /// The words of all turns, joined by newlines, inside the pattern.
  public func prompt(for messages: [Message]) -> RenderedPrompt {
    RenderedPrompt(pattern.around(messages.map(\.content).joined(separator: "\n")), markup: markup)
  }
}

/// A template for base models: words around each turn.
///
/// `{content}` in a pattern stands for what is said in the turn. After the last turn comes the opening of the answer:
///
/// ```swift
/// let template = TurnTemplate(
///   user: "Question: {content}\n", assistant: "Answer: {content}\n", opening: "Answer:")
/// ```
public struct TurnTemplate: PromptTemplate {
  private let patterns: [Message.Role: WordPattern]
  private let opening: String
  private let markup: TemplateMarkup

  /// Makes a template. A pattern without `{content}` is put before the words.
  ///
  /// - Parameters:
  ///   - system: The pattern of instructions.
  ///   - user: The pattern of what the person who asks says.
  ///   - assistant: The pattern of earlier answers.
  ///   - opening: What the model's next words follow.
  ///   - markup: Which parts may name control tokens.
  public init(
    system: String = "{content}\n", user: String, assistant: String, opening: String, markup: TemplateMarkup = .none
  ) {
    patterns = [.system: system, .user: user, .assistant: assistant].mapValues { WordPattern($0, place: "{content}") }
    self.opening = opening
    self.markup = markup
  }

  /// The turns in their patterns, then the opening.
  public func prompt(for messages: [Message]) -> RenderedPrompt {
    let turns = messages.flatMap { message in
      patterns[message.role]?.around(message.content) ?? [WordPattern.Piece(words: message.content, isPattern: false)]
    }
    return RenderedPrompt(turns + [WordPattern.Piece(words: opening, isPattern: true)], markup: markup)
  }
}

/// Words with a place for others.
private struct WordPattern: Sendable {
  /// Words of the pattern, or what was put between them.
  struct Piece {
    var words: String
    var isPattern: Bool
  }

  private let before: String
  private let after: String

  init(_ pattern: String, place: String) {
    let range = pattern.firstRange(of: place) ?? pattern.endIndex..<pattern.endIndex
    before = String(pattern[..<range.lowerBound])
    after = String(pattern[range.upperBound...])
  }

  func around(_ words: String) -> [Piece] {
    [
      Piece(words: before, isPattern: true), Piece(words: words, isPattern: false),
      Piece(words: after, isPattern: true),
    ]
  }
}

extension RenderedPrompt {
  /// Pieces as text or markup; neighbours of one kind are one part, because a tokenizer reads them together.
  fileprivate init(_ pieces: [WordPattern.Piece], markup: TemplateMarkup) {
    var runs: [(words: String, isMarkup: Bool)] = []
    for piece in pieces where !piece.words.isEmpty {
      let isMarkup = markup == .everything || markup == .patterns && piece.isPattern
      if let last = runs.last, last.isMarkup == isMarkup {
        runs[runs.count - 1].words += piece.words
      } else {
        runs.append((piece.words, isMarkup))
      }
    }
    // A prompt without words still has a start, before which a tokenizer may put a marker.
    if runs.isEmpty { runs = [("", false)] }
    self.init(parts: runs.map { $0.isMarkup ? .markup($0.words) : .text(Array($0.words.utf8)) })
  }
}
