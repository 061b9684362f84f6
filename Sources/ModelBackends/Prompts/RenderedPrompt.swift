/// The input of a member before the answer begins: the user's words in the member's own template.
///
/// Text stays text: a `</s>` that a user types is four letters. Only markup, which templates write, may name control
/// tokens; the rest of it and the user's words are tokenised as one text (`TextSession`).
public struct RenderedPrompt: Sendable, Hashable {
  /// A segment of a prompt.
  public enum Part: Sendable, Hashable {
    /// Text, as UTF-8 bytes; never read as a control token or as part of one.
    case text([UInt8])
    /// A template's own text, in which the complete spelling of a control token denotes the token.
    case markup(String)
  }

  /// The segments, in reading order.
  public var parts: [Part]

  /// Creates a prompt from its segments.
  public init(parts: [Part]) {
    self.parts = parts
  }

  /// Creates a prompt of plain text.
  public init(_ text: String) {
    self.init(parts: [.text(Array(text.utf8))])
  }

  /// The whole prompt as bytes, markup included.
  public var bytes: [UInt8] {
    parts.flatMap { part in
      switch part {
      case .text(let bytes): bytes
      case .markup(let markup): Array(markup.utf8)
      }
    }
  }
}

/// One turn of a conversation.
public struct Message: Sendable, Hashable {
  /// The speaker of a turn.
  public enum Role: String, Sendable, Hashable, CaseIterable {
    /// Instructions that apply to the whole conversation.
    case system
    /// The user.
    case user
    /// The model.
    case assistant
  }

  /// The speaker.
  public var role: Role
  /// The text of the turn.
  public var content: String

  /// Creates a turn.
  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}

/// Formats a conversation in the form that a model expects.
///
/// Leave the beginning-of-text token out: the tokenizer adds it where the model needs one.
public protocol PromptTemplate: Sendable {
  /// The prompt after which the model's next words are the assistant's answer.
  ///
  /// - Throws: ``BackendError`` where the template cannot express the conversation.
  func prompt(for messages: [Message]) throws -> RenderedPrompt
}
