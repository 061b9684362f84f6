/// What to do with a cache of tokens when the text has changed: keep the common start, drop the rest, evaluate what is new.
public struct CachePlan: Sendable, Hashable {
  /// How many cached tokens stay.
  public let kept: Int
  /// How many cached tokens go.
  public let dropped: Int
  /// The tokens to evaluate; at least one, because logits come only from an evaluation.
  public let evaluated: ArraySlice<TokenID>

  /// Compares what is cached with what is wanted.
  ///
  /// The last wanted token is always evaluated again, since a cache holds keys and values but no logits.
  ///
  /// - Precondition: `wanted` is not empty.
  /// - Complexity: O(length of the common start).
  public init(cached: [TokenID], wanted: [TokenID]) {
    precondition(!wanted.isEmpty, "There is nothing to evaluate in an empty text.")
    var common = 0
    let limit = min(cached.count, wanted.count - 1)
    while common < limit, cached[common] == wanted[common] { common += 1 }
    kept = common
    dropped = cached.count - common
    evaluated = wanted[common...]
  }

  /// The plan as counts.
  public var work: Prediction.Work {
    Prediction.Work(kept: kept, dropped: dropped, evaluated: evaluated.count)
  }
}
