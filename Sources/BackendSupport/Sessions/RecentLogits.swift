/// The logits after the last few of a session's tokens, which healing needs again and a roll-back may return to.
struct RecentLogits: Sendable {
  /// The minimum number of positions that are kept.
  private static let fewest = 8

  private var byCount: [Int: [Float]] = [:]

  /// Creates an empty cache.
  init() {}

  /// The logits after the first `count` tokens, where they are cached.
  subscript(count: Int) -> [Float]? { byCount[count] }

  /// Stores logits by the number of tokens before them, except those more than `last` tokens before the end of the
  /// text.
  mutating func keep(_ rows: [Int: [Float]], last: Int, upTo end: Int) {
    let oldest = end - max(last, Self.fewest)
    byCount = byCount.filter { $0.key >= oldest }
    for (count, logits) in rows where count >= oldest { byCount[count] = logits }
  }

  /// Discards the logits after more than the first `count` tokens, because the text has changed there.
  mutating func forget(after count: Int) {
    byCount = byCount.filter { $0.key <= count }
  }
}
