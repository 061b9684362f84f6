/// The logits after the last few of a session's tokens, which healing asks for again and a roll-back may come back to.
public struct RecentLogits: Sendable {
  /// How many positions are kept at least.
  private static let fewest = 8

  private var byCount: [Int: [Float]] = [:]

  /// Starts with none.
  public init() {}

  /// The logits after the first `count` tokens, where they are still known.
  public subscript(count: Int) -> [Float]? { byCount[count] }

  /// Keeps the logits after the first `count` tokens, and lets go of those far before the first of the `needed` ones.
  public mutating func keep(_ logits: [Float], after count: Int, needed: ClosedRange<Int>) {
    byCount[count] = logits
    let oldest = min(needed.lowerBound, needed.upperBound - Self.fewest)
    if byCount.count > Self.fewest { byCount = byCount.filter { $0.key >= oldest } }
  }

  /// Forgets what followed more than the first `count` tokens, because the text has changed there.
  public mutating func forget(after count: Int) {
    byCount = byCount.filter { $0.key <= count }
  }
}
