import ModelBackends

/// The text that an answer continues.
indirect enum Beginning: Sendable {
  /// A conversation, which each member formats with its own template.
  case conversation([Message])
  /// A plain text, the same for all members.
  case text(String)
  /// Another beginning, and a part of a text after it.
  case continued(Beginning, ArraySlice<UInt8>)

  /// The prompt that a member reads before the answer.
  func prompt(for member: Member) throws -> RenderedPrompt {
    switch self {
    case .conversation(let messages): try member.template.prompt(for: messages)
    case .text(let text): RenderedPrompt(text)
    case .continued(let first, let rest):
      RenderedPrompt(parts: try first.prompt(for: member).parts + [.text(Array(rest))])
    }
  }
}
