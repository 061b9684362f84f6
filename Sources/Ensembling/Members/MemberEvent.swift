public import ModelBackends

/// Something that happened to a member while an answer was written, and that did not end it.
public struct MemberEvent: Sendable, Hashable {
  /// What happened.
  public enum Kind: Sendable, Hashable {
    /// The member failed and has no part in the rest of the answer.
    case dropped
    /// From this step on the member has no part until the text is whole characters again, because its vocabulary has no
    /// tokens for single bytes.
    case satOut
    /// The member's vocabulary cannot express so many tokens of the text; it reads its unknown token in their place, or
    /// nothing where it has none.
    case unknownText(tokens: Int)
    /// The likeliest next token was one of the main model's that stands for nothing: its unknown token, or a reserved
    /// place. The likeliest of the others was chosen instead. Reported once in an answer for each such token.
    case passedOver(token: TokenID)
  }

  /// What happened.
  public var kind: Kind
  /// The member's name.
  public var member: String
  /// In which step; 0 for the first.
  public var step: Int
  /// What happened, for people.
  public var reason: String

  /// Makes a report.
  public init(_ kind: Kind, member: String, step: Int, reason: String) {
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
