package import Fusion
internal import LinearAlgebra
internal import RelativeSpace

extension FusionError {
  /// Checks that a step has as many members as a rule was created for.
  ///
  /// - Throws: ``FusionError`` with the code `lengthMismatch`.
  package static func check(_ step: Step, memberCount: Int) throws {
    guard step.logits.count != memberCount else { return }
    throw FusionError(
      .lengthMismatch, "The rule was created for \(memberCount) members, and the step has \(step.logits.count)",
      remedy: "Make the rule for the members of the ensemble.")
  }

  /// Checks that the number of a member's logits equals its alignment's number of rows.
  ///
  /// - Throws: ``FusionError`` with the code `lengthMismatch`.
  static func check(_ logits: [Float]?, ofMember member: Int, through alignment: any TokenAlignment) throws {
    guard let logits, logits.count != alignment.vocabularyCount else { return }
    throw FusionError(
      .lengthMismatch,
      "Member \(member) has \(logits.count) logits, and its alignment \(alignment.vocabularyCount) tokens",
      remedy: "Align each member with an alignment of its own vocabulary; the main model is member 0.")
  }

  /// Checks that the projection of a member's distribution is finite.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `invalidMatrix` that names the member.
  /// - Complexity: O(A).
  static func check(_ relative: [Float], ofMember member: Int) throws {
    guard !absoluteSum(relative.span).isFinite,
      let anchor = relative.firstIndex(where: { !$0.isFinite })
    else { return }
    throw RelativeSpaceError(
      .invalidMatrix, "The alignment of member \(member) gives \(relative[anchor]) at anchor \(anchor)",
      remedy: "Make it of sound embeddings: every row is a distribution. The main model is member 0.")
  }
}
