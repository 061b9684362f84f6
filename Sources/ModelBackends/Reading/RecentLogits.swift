/// The logits after the last few of a session's tokens, which healing asks for again and a roll-back may come back to.
struct RecentLogits: Sendable {
  /// How many positions are kept at least.
  private static let fewest = 8

  private var byCount: [Int: [Float]] = [:]

  /// Starts with none.
  init() {}

  /// The logits after the first `count` tokens, where they are still known.
  subscript(count: Int) -> [Float]? { byCount[count] }

  /// Keeps logits by the number of tokens before them, but for those further than `last` from the end of the text.
  mutating func keep(_ rows: [Int: [Float]], last: Int, upTo end: Int) {
    let oldest = end - max(last, Self.fewest)
    byCount = byCount.filter { $0.key >= oldest }
    for (count, logits) in rows where count >= oldest { byCount[count] = logits }
  }

  /// Forgets what followed more than the first `count` tokens, because the text has changed there.
  mutating func forget(after count: Int) {
    byCount = byCount.filter { $0.key <= count }
  }
}
