import LinearAlgebra
import RelativeSpace

/// A member's likely tokens in a step: those that a search may move, and those that are fixed.
struct LikelyTokens: Sendable {
  /// All likely tokens.
  let softmax: TruncatedSoftmax
  /// The tokens that a search may move.
  let moved: TruncatedSoftmax.Part
  /// The tokens beyond the limit that may not be left out: they are part of the relative distribution, but are not
  /// moved.
  let fixed: TruncatedSoftmax.Part
  /// The precision of their rows.
  let rows: NarrowingPrecision

  /// Finds a member's likely tokens.
  ///
  /// - Throws: `LinearAlgebraError` for logits that have no softmax.
  init(of member: Int, in step: Step, bounds: StepPrecision.LikelyTokens) throws {
    softmax = try step.likelyTokens(of: member, leavingOut: bounds.leavingOut)
    (moved, fixed) = softmax.split(at: bounds.limit)
    rows = bounds.rows
  }
}
