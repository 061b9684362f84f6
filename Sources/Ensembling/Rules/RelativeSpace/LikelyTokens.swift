import LinearAlgebra
import RelativeSpace

/// A member's likely tokens in a step: those that a search may move, and those that count as they are.
struct LikelyTokens: Sendable {
  /// All of them.
  let softmax: TruncatedSoftmax
  /// Those that a search may move.
  let moved: TruncatedSoftmax.Part
  /// Those beyond the limit that may not be left out: they are part of the relative distribution, but are not moved.
  let fixed: TruncatedSoftmax.Part
  /// How exact their rows are.
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
