public import RelativeSpace

/// How exactly a step of fusion is computed.
///
/// The published method goes through all V tokens and all A anchors 2 + 2T times for every token that is written. Nearly all of the
/// probability lies on few tokens, and the rows of the others change nothing.
public enum StepPrecision: Sendable, Hashable {
  /// All tokens of all members, as the formulas say: O(V·A) for each member and each step of the search with dense
  /// alignments.
  case exact
  /// The likely tokens of each member, with bounds for what that leaves out.
  case likelyTokens(LikelyTokens)

  /// The likely tokens, with the standard bounds.
  public static var likelyTokens: StepPrecision { .likelyTokens(LikelyTokens()) }

  /// The choice of tokens that take part in a step, and the exactness of their rows.
  ///
  /// With δᵢ the probability of what is left out of member i and ε its rows' errors, the fused relative distribution is off by
  /// no more than Σ αᵢ·(2·δᵢ + Σ_w p_w·ε_w) in the L1 distance (``FusedLogits/errorBound``). Where a distribution is so flat
  /// that ``limit`` tokens leave out more than ``leavingOut``, those beyond count in the member's relative distribution as well,
  /// and the search leaves them where they are.
  public struct LikelyTokens: Sendable, Hashable {
    /// How much of a member's probability may be left out.
    public var leavingOut: Float
    /// How many tokens of a member the search may move at most.
    public var limit: Int
    /// How exact the tokens' rows are.
    public var rows: NarrowingPrecision

    /// Makes bounds.
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
