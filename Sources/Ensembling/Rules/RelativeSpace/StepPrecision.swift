public import RelativeSpace

/// The precision of a fusion step.
///
/// The published method passes over all V tokens and all A anchors 2 + 2T times for every generated token. Nearly all
/// of the probability is on few tokens, and the rows of the others change nothing.
public enum StepPrecision: Sendable, Hashable {
  /// All tokens of all members, as in the formulas: O(V·A) for each member and each step of the search with dense
  /// alignments.
  case exact
  /// The likely tokens of each member, with bounds on the error of leaving out the others.
  case likelyTokens(LikelyTokens)

  /// The likely tokens, with the standard bounds.
  public static var likelyTokens: StepPrecision { .likelyTokens(LikelyTokens()) }

  /// The choice of tokens that take part in a step, and the precision of their rows.
  ///
  /// With δᵢ the probability left out of member i and ε its rows' errors, the fused relative distribution is off by no
  /// more than Σ αᵢ·(2·δᵢ + Σ_w p_w·ε_w) in the L1 distance (``FusedLogits/errorBound``). Where a distribution is so
  /// flat that ``limit`` tokens leave out more than ``leavingOut``, those beyond the limit count in the member's
  /// relative distribution as well, and the search does not move them.
  public struct LikelyTokens: Sendable, Hashable {
    /// The share of a member's probability that may be left out.
    public var leavingOut: Float
    /// The maximum number of a member's tokens that the search may move.
    public var limit: Int
    /// The precision of the tokens' rows.
    public var rows: NarrowingPrecision

    /// Creates bounds.
    ///
    /// - Precondition: `leavingOut` is from 0 to below 1, `limit` above 0.
    public init(leavingOut: Float = 1e-3, limit: Int = 2048, rows: NarrowingPrecision = NarrowingPrecision()) {
      precondition(leavingOut >= 0 && leavingOut < 1, "A share of \(leavingOut) cannot be left out.")
      precondition(limit > 0, "\(limit) tokens cannot take part.")
      self.leavingOut = leavingOut
      self.limit = limit
      self.rows = rows
    }
  }
}
