internal import CBLASShim

/// What tokens have at single anchors, in the order in which a pass over the anchors needs it.
package struct AnchorEntries: Sendable {
  /// How many tokens there are.
  package let tokenCount: Int
  /// Where each stretch of anchors starts among the entries; one more than there are stretches.
  let starts: [Int64]
  let anchors: [Int32]
  let tokens: [Int32]
  let values: [Float]

  /// How many anchors are a stretch.
  static let stretch = Int(DEEPEN_STRETCH)

  /// Sorts entries by anchors.
  ///
  /// - Parameters:
  ///   - starts: Where each token's entries start; one more than there are tokens.
  ///   - anchors: At which anchors they are.
  ///   - values: The entries.
  ///   - anchorCount: The number of anchors.
  /// - Precondition: As many anchors as the last token's entries end at, or more, each below `anchorCount`.
  /// - Complexity: O(entries + anchors / 256).
  package init(starts tokenStarts: [Int], anchors: [Int32], values: [Float], anchorCount: Int) {
    tokenCount = tokenStarts.count - 1
    let count = tokenStarts.last ?? 0
    precondition(
      anchors.count >= count && values.count >= count
        && anchors.prefix(count).allSatisfy { 0 <= $0 && Int($0) < anchorCount }, "Every entry is at an anchor.")
    let stretches = (anchorCount + Self.stretch - 1) / Self.stretch
    var next = [Int64](repeating: 0, count: stretches + 1)
    for anchor in anchors.prefix(count) { next[Int(anchor) / Self.stretch + 1] += 1 }
    for stretch in 0..<stretches { next[stretch + 1] += next[stretch] }
    starts = next
    var (sortedAnchors, sortedTokens) = ([Int32](repeating: 0, count: count), [Int32](repeating: 0, count: count))
    var sortedValues = [Float](repeating: 0, count: count)
    for token in 0..<tokenCount {
      for entry in tokenStarts[token]..<tokenStarts[token + 1] {
        let stretch = Int(anchors[entry]) / Self.stretch
        let place = Int(next[stretch])
        next[stretch] += 1
        sortedAnchors[place] = anchors[entry]
        sortedTokens[place] = Int32(token)
        sortedValues[place] = values[entry]
      }
    }
    (self.anchors, tokens, self.values) = (sortedAnchors, sortedTokens, sortedValues)
  }
}
