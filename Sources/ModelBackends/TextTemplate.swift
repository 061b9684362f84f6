/// A template for base models: words around a whole conversation.
///
/// `{prompt}` in the pattern stands for the conversation's words, turns joined by newlines:
///
/// ```swift
/// TextTemplate("Question: {prompt}\nAnswer:")
/// ```
///
/// Where turns are to be told apart, use a ``TurnTemplate``.
public struct TextTemplate: PromptTemplate {
  private let pattern: WordPattern

  /// Makes a template. A pattern without `{prompt}` is put before the words.
  public init(_ pattern: String = "{prompt}") {
    self.pattern = WordPattern(pattern, place: "{prompt}")
  }

  /// The words of all turns, joined by newlines, inside the pattern.
  public func prompt(for messages: [Message]) -> Prompt {
    Prompt(pattern.around(messages.map(\.content).joined(separator: "\n")))
  }
}

/// A template for base models: words around each turn.
///
/// `{content}` in a pattern stands for what is said in the turn. After the last turn comes the opening of the answer:
///
/// ```swift
/// TurnTemplate(user: "Question: {content}\n", assistant: "Answer: {content}\n", opening: "Answer:")
/// ```
///
/// All of it is text: neither the patterns nor what people say can name control tokens.
public struct TurnTemplate: PromptTemplate {
  private let patterns: [Message.Role: WordPattern]
  private let opening: String

  /// Makes a template. A pattern without `{content}` is put before the words.
  ///
  /// - Parameters:
  ///   - system: The pattern of instructions.
  ///   - user: The pattern of what the person who asks says.
  ///   - assistant: The pattern of earlier answers.
  ///   - opening: What the model's next words follow.
  public init(system: String = "{content}\n", user: String, assistant: String, opening: String) {
    patterns = [.system: system, .user: user, .assistant: assistant].mapValues { WordPattern($0, place: "{content}") }
    self.opening = opening
  }

  /// The turns in their patterns, then the opening.
  public func prompt(for messages: [Message]) -> Prompt {
    let turns = messages.map { patterns[$0.role]?.around($0.content) ?? $0.content }
    return Prompt(turns.joined() + opening)
  }
}

/// Words with a place for others.
private struct WordPattern: Sendable {
  private let before: String
  private let after: String

  init(_ pattern: String, place: String) {
    let range = pattern.firstRange(of: place) ?? pattern.endIndex..<pattern.endIndex
    before = String(pattern[..<range.lowerBound])
    after = String(pattern[range.upperBound...])
  }

  func around(_ words: String) -> String { before + words + after }
}
