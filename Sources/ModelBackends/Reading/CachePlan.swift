/// What to do with a cache of tokens when the text has changed: keep the common start, drop the rest, evaluate what is new.
public struct CachePlan: Sendable, Hashable {
  /// How many tokens the cached and the wanted text begin with together. Logits after more tokens are of another text.
  public let common: Int
  /// How many cached tokens stay.
  public let kept: Int
  /// How many cached tokens go.
  public let dropped: Int
  /// The tokens to evaluate; none where all logits that are needed are known.
  public let evaluated: ArraySlice<TokenID>

  /// Compares what is cached with what is wanted.
  ///
  /// A cache holds keys and values but no logits: a token whose logits are needed and not known is evaluated again.
  ///
  /// - Parameters:
  ///   - cached: The tokens that the cache holds.
  ///   - wanted: The tokens of the text.
  ///   - needed: After how many tokens logits are needed; after all of them by default.
  ///   - recent: The logits that are known.
  /// - Precondition: `wanted` is not empty; `needed` ends with its number of tokens and does not begin with 0.
  /// - Complexity: O(length of the common start).
  public init(
    cached: [TokenID], wanted: [TokenID], needed: ClosedRange<Int>? = nil, recent: RecentLogits = RecentLogits()
  ) {
    precondition(!wanted.isEmpty, "There is nothing to evaluate in an empty text.")
    let needed = needed ?? wanted.count...wanted.count
    precondition(needed.lowerBound > 0 && needed.upperBound == wanted.count, "Logits after \(needed) tokens.")
    var common = 0
    while common < min(cached.count, wanted.count), cached[common] == wanted[common] { common += 1 }
    let firstUnknown = needed.first { $0 > common || recent[$0] == nil }
    self.common = common
    kept = min(common, firstUnknown.map { $0 - 1 } ?? common)
    dropped = cached.count - kept
    evaluated = wanted[kept...]
  }

  /// The plan as counts.
  public var work: Prediction.Work {
    Prediction.Work(kept: kept, dropped: dropped, evaluated: evaluated.count)
  }
}
