import ModelBackends

/// What an answer continues.
indirect enum Beginning: Sendable {
  /// A conversation, which each member writes down in its own form.
  case conversation([Message])
  /// A text as it stands, the same for all members.
  case text(String)
  /// Another one, and a part of a text after it.
  case continued(Beginning, ArraySlice<UInt8>)

  /// What a member reads before the answer.
  func prompt(for member: Member) throws -> RenderedPrompt {
    switch self {
    case .conversation(let messages): try member.template.prompt(for: messages)
    case .text(let text): RenderedPrompt(text)
    case .continued(let first, let rest):
      RenderedPrompt(parts: try first.prompt(for: member).parts + [.text(Array(rest))])
    }
  }
}
