public import ModelBackends

/// An event of a member during an answer that did not end it.
public struct MemberEvent: Sendable, Hashable {
  /// The kind of event.
  public enum Kind: Sendable, Hashable {
    /// The member failed and takes no part in the rest of the answer.
    case dropped
    /// From this step on the member takes no part until the text is whole characters again, because its vocabulary has
    /// no tokens for single bytes.
    case abstained
    /// The member's vocabulary cannot express this number of tokens of the text; it reads its unknown token instead, or
    /// nothing where it has none.
    case unknownText(tokens: Int)
    /// The likeliest next token was one of the main model's without text: its unknown token, or a reserved token. The
    /// likeliest of the others was chosen instead. Reported once in an answer for each such token.
    case suppressed(token: TokenID)
  }

  /// The kind of event.
  public var kind: Kind
  /// The member's name.
  public var member: String
  /// The index of the step, the first being 0.
  public var step: Int
  /// The reason, in words.
  public var reason: String

  /// Creates an event.
  package init(_ kind: Kind, member: String, step: Int, reason: String) {
    self.kind = kind
    self.member = member
    self.step = step
    self.reason = reason
  }
}

extension MemberEvent: CustomStringConvertible {
  /// "member, step 3: reason"
  public var description: String { "\(member), step \(step): \(reason)" }
}
