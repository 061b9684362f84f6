/// What a member reads before the answer begins: its own template around the user's words.
///
/// Text stays text: a `</s>` that a user types is four letters. Only markup, which templates write, may name control
/// tokens; its other words and the user's are one text to a tokenizer (``TextSession``).
public struct RenderedPrompt: Sendable, Hashable {
  /// A stretch of a prompt.
  public enum Part: Sendable, Hashable {
    /// Words, as UTF-8 bytes; neither read as control tokens nor as a part of one.
    case text([UInt8])
    /// A template's own words, in which the whole spelling of a control token means the token.
    case markup(String)
  }

  /// The stretches, in reading order.
  public var parts: [Part]

  /// Makes a prompt from its stretches.
  public init(parts: [Part]) {
    self.parts = parts
  }

  /// Makes a prompt of plain words.
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
  /// Who speaks.
  public enum Role: String, Sendable, Hashable, CaseIterable {
    /// Instructions that hold for the whole conversation.
    case system
    /// The person who asks.
    case user
    /// The model.
    case assistant
  }

  /// Who speaks.
  public var role: Role
  /// What is said.
  public var content: String

  /// Makes a turn.
  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}

/// A way to write a conversation down as one model wants to read it.
///
/// Leave the beginning-of-text token out: the tokenizer adds it where the model wants one.
public protocol PromptTemplate: Sendable {
  /// The prompt after which the model's next words are the assistant's answer.
  ///
  /// - Throws: ``BackendError`` where the template cannot express the conversation.
  func prompt(for messages: [Message]) throws -> RenderedPrompt
}
