import LinearAlgebra

/// A member's likely tokens in a step: those that a search may move, and those that count as they are.
struct LikelyTokens: Sendable {
  /// All of them.
  let softmax: TruncatedSoftmax
  /// Those that a search may move.
  let moved: TruncatedSoftmax.Part
  /// Those that may not be left out and do not fit either: they are part of the relative distribution, but stay where they are.
  let fixed: TruncatedSoftmax.Part

  /// Finds them.
  ///
  /// - Throws: `LinearAlgebraError` for logits that no distribution belongs to.
  init(of logits: [Float], bounds: StepPrecision.LikelyTokens) throws {
    softmax = try truncatedSoftmax(logits, leavingOut: bounds.leavingOut, limit: .max)
    (moved, fixed) = softmax.split(at: bounds.limit)
  }
}
