public import ModelBackends

/// One item to ask or to score, and its expected answer.
public struct EvaluationItem: Sendable, Hashable {
  /// The expected output, and the comparison with it.
  public enum Expectation: Sendable, Hashable {
    /// An answer is generated and is right when it matches one of these in the given form.
    case answer([String], form: AnswerForm)
    /// Each option is scored as a continuation; the likeliest by the given length rule should be the right one.
    case choice(options: [String], right: Int)
    /// An answer is generated; the option that it names, by its letter or by its text, should be the right one.
    case writtenChoice(options: [String], right: Int)
    /// The text is scored as a continuation; fewer bits per byte are better.
    case text(String)
  }

  /// An identifier, unique within its file.
  public var id: String
  /// The group, such as a domain or a subject; tables have a column for each group.
  public var group: String
  /// The conversation; examples come as earlier turns, or inside one message.
  public var messages: [Message]
  /// The expected answer.
  public var expectation: Expectation

  /// Describes an item.
  public init(id: String, group: String, messages: [Message], expectation: Expectation) {
    self.id = id
    self.group = group
    self.messages = messages
    self.expectation = expectation
  }
}

extension Sequence<EvaluationItem> {
  /// A short hash of the items (64-bit FNV-1a), to tell results of other items apart.
  package var fingerprint: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for item in self {
      let fields =
        [item.id, item.group, "\(item.expectation)"] + item.messages.flatMap { [$0.role.rawValue, $0.content] }
      for byte in fields.joined(separator: "\u{0}").utf8 + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return String(hash, radix: 16)
  }
}
