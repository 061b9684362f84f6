package import ModelBackends

/// Finds the token at minimum edit distance (insertions, deletions, replacements of bytes) without comparing with all.
///
/// A bound grows from 0 until something is found within it. For each bound, only tokens whose lengths fit are
/// candidates, and of these only those that may be near by the bytes that occur in them: an edit removes at most one
/// byte value from a text and adds at most one, so that tokens with more values that the other lacks are farther away.
/// The remaining ones are compared bit-parallel (`EditPattern`).
package struct EditDistanceIndex: Sendable {
  /// The nearest token and its distance.
  package struct Match: Sendable, Hashable {
    /// The token.
    package var token: TokenID
    /// The number of bytes that must be inserted, deleted or replaced.
    package var distance: Int

    /// Creates a match.
    package init(token: TokenID, distance: Int) {
      self.token = token
      self.distance = distance
    }
  }

  /// The tokens by length, then by identifier.
  private let tokens: [TokenID]
  /// Their bytes, contiguous, with the start offset of each token's.
  private let bytes: [UInt8]
  private let starts: [Int]
  /// The set of 64 classes of byte values that occur in each.
  private let marks: [UInt64]
  /// The index of the first token of each length or above; after the longest, the number of tokens.
  private let firstIndexOfLength: [Int]

  /// Creates an index of tokens. Of tokens with the same bytes the one with the lowest identifier counts.
  ///
  /// - Complexity: O(total number of bytes + N·log N) for N tokens.
  package init(_ entries: [(token: TokenID, bytes: [UInt8])]) {
    let sorted = entries.sorted { ($0.bytes.count, $0.token) < ($1.bytes.count, $1.token) }
    tokens = sorted.map(\.token)
    bytes = sorted.flatMap(\.bytes)
    starts = sorted.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.bytes.count) }
    marks = sorted.map { Self.marks(of: $0.bytes) }
    var firstIndices: [Int] = []
    for (index, entry) in sorted.enumerated() {
      while firstIndices.count <= entry.bytes.count { firstIndices.append(index) }
    }
    firstIndexOfLength = firstIndices + [sorted.count]
  }

  /// The token at minimum edit distance; `nil` where there are no tokens.
  ///
  /// Among equally near ones the one with the longest common prefix is chosen, then the one with the lowest identifier.
  ///
  /// - Complexity: O(d²·N) simple operations for the distance d that is found, at worst, and a comparison for each
  ///   token that the byte classes cannot rule out.
  package func nearest(to bytes: [UInt8]) -> Match? {
    guard !tokens.isEmpty else { return nil }
    let pattern = EditPattern(bytes)
    var bound = 0
    while true {
      if let match = nearest(to: pattern, within: bound) { return match }
      bound += 1
    }
  }

  private func nearest(to pattern: EditPattern, within bound: Int) -> Match? {
    let longest = firstIndexOfLength.count - 2
    let shortest = max(0, pattern.bytes.count - bound)
    guard shortest <= longest else { return nil }
    let range = firstIndexOfLength[shortest]..<firstIndexOfLength[min(pattern.bytes.count + bound, longest) + 1]
    let own = Self.marks(of: pattern.bytes)
    var best: (rank: (distance: Int, common: Int, token: TokenID), match: Match)?
    marks.withUnsafeBufferPointer { marks in
      bytes.withUnsafeBufferPointer { bytes in
        for index in range {
          guard !Self.has(own & ~marks[index], moreBitsThan: bound),
            !Self.has(marks[index] & ~own, moreBitsThan: bound)
          else { continue }
          let token = UnsafeBufferPointer(rebasing: bytes[starts[index]..<starts[index + 1]])
          guard let distance = pattern.distance(to: token, within: best?.match.distance ?? bound) else { continue }
          let rank = (distance, -zip(pattern.bytes, token).prefix { $0 == $1 }.count, tokens[index])
          if best.map({ rank < $0.rank }) ?? true {
            best = (rank, Match(token: tokens[index], distance: distance))
          }
        }
      }
    }
    return best?.match
  }

  private static func marks(of bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0) { $0 | 1 << UInt64(($1 &* 167) >> 2) }
  }

  /// Counts bits one by one: faster than counting all, where few are allowed.
  private static func has(_ bits: UInt64, moreBitsThan count: Int) -> Bool {
    var bits = bits
    for _ in 0..<count { bits &= bits &- 1 }
    return bits != 0
  }
}
