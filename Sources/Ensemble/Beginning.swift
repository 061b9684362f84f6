import ModelBackends

/// What an answer continues.
enum Beginning: Sendable {
  /// A conversation, which each member writes down in its own form.
  case conversation([Message])
  /// A text as it stands, the same for all members.
  case text(String)

  /// What a member reads before the answer.
  func prompt(for member: Member) throws -> Prompt {
    switch self {
    case .conversation(let messages): try member.template.prompt(for: messages)
    case .text(let text): Prompt(text)
    }
  }
}
