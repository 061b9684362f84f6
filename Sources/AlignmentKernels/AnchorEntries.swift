internal import CAlignmentKernels

/// The large entries of tokens' rows, sorted by blocks of anchors: the order in which a pass over the anchors reads
/// them.
package struct AnchorEntries: Sendable {
  /// The number of tokens.
  package let tokenCount: Int
  /// The start offset of each block of anchors among the entries; one more than there are blocks.
  let starts: [Int64]
  let anchors: [Int32]
  let tokens: [Int32]
  let values: [Float]

  /// The number of anchors in a block.
  static let block = Int(DEEPEN_ANCHOR_BLOCK)

  /// Sorts entries by anchors.
  ///
  /// - Parameters:
  ///   - starts: The start offset of each token's entries; one more than there are tokens.
  ///   - anchors: The entries' anchors.
  ///   - values: The entries.
  ///   - anchorCount: The number of anchors.
  /// - Precondition: At least as many anchors as the last offset says, each below `anchorCount`.
  /// - Complexity: O(entries + anchors / 256).
  package init(starts tokenStarts: [Int], anchors: [Int32], values: [Float], anchorCount: Int) {
    tokenCount = tokenStarts.count - 1
    let count = tokenStarts.last ?? 0
    precondition(
      anchors.count >= count && values.count >= count
        && anchors.prefix(count).allSatisfy { 0 <= $0 && Int($0) < anchorCount }, "Every entry is at an anchor.")
    let blocks = (anchorCount + Self.block - 1) / Self.block
    var next = [Int64](repeating: 0, count: blocks + 1)
    for anchor in anchors.prefix(count) { next[Int(anchor) / Self.block + 1] += 1 }
    for block in 0..<blocks { next[block + 1] += next[block] }
    starts = next
    var (sortedAnchors, sortedTokens) = ([Int32](repeating: 0, count: count), [Int32](repeating: 0, count: count))
    var sortedValues = [Float](repeating: 0, count: count)
    for token in 0..<tokenCount {
      for entry in tokenStarts[token]..<tokenStarts[token + 1] {
        let block = Int(anchors[entry]) / Self.block
        let index = Int(next[block])
        next[block] += 1
        sortedAnchors[index] = anchors[entry]
        sortedTokens[index] = Int32(token)
        sortedValues[index] = values[entry]
      }
    }
    (self.anchors, tokens, self.values) = (sortedAnchors, sortedTokens, sortedValues)
  }

  /// Creates empty entries for some tokens.
  package init(none tokenCount: Int, anchorCount: Int) {
    self.init(
      starts: Array(repeating: 0, count: tokenCount + 1), anchors: [], values: [], anchorCount: anchorCount)
  }
}
