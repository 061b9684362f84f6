/// A rule that can begin with what one member says before the others have answered.
///
/// Members take different times, and a core whose member has answered has nothing to do until the last one has.
protocol AnticipatingFusion: TokenFusion {
  /// What a member's logits give by themselves; `nil` for nothing, and for logits that fusion will refuse.
  ///
  /// It is called in the member's task, while others may still compute, and starts no other threads.
  func anticipate(_ logits: [Float], ofMember index: Int) -> (any Sendable)?

  /// ``TokenFusion/fuse(_:with:)``, with the same answer whatever was anticipated.
  ///
  /// - Parameter anticipated: What ``anticipate(_:ofMember:)`` gave for each member's logits; `nil` where it was not asked.
  func fuse(_ main: [Float], with assistants: [[Float]?], anticipated: [(any Sendable)?]) throws -> FusedLogits
}
