/// A vocabulary's text tokens sorted by their bytes, so that those with a given prefix are adjacent.
package struct TokensByBytes: Sendable {
  private let bytes: [UInt8]
  private let starts: [Int]
  /// All text tokens of at least one byte, those with equal bytes adjacent.
  package let ids: [TokenID]
  /// The length of the longest token, in bytes.
  package let longest: Int

  /// Sorts tokens.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of all tokens of a vocabulary, concatenated.
  ///   - starts: The start offset of each token there, and the end of the last one.
  ///   - kinds: The purpose of each token.
  /// - Complexity: O(V log V) comparisons of tokens.
  init(bytes: [UInt8], starts: [Int], kinds: [Token.Kind]) {
    self.bytes = bytes
    self.starts = starts
    let text = kinds.indices.filter { kinds[$0].isText && starts[$0] < starts[$0 + 1] }
    ids = text.sorted { left, right in
      let (a, b) = (bytes[starts[left]..<starts[left + 1]], bytes[starts[right]..<starts[right + 1]])
      return a.lexicographicallyPrecedes(b) || left < right && a.elementsEqual(b)
    }
    longest = text.map { starts[$0 + 1] - starts[$0] }.max() ?? 0
  }

  /// The indices in ``ids`` of the tokens that begin with some bytes.
  ///
  /// - Complexity: O(log V) comparisons.
  package func range(beginningWith prefix: ArraySlice<UInt8>) -> Range<Int> {
    let start = firstIndex { !$0.lexicographicallyPrecedes(prefix) }
    let end = firstIndex { !$0.starts(with: prefix) && !$0.lexicographicallyPrecedes(prefix) }
    return start..<end
  }

  /// The indices of the tokens that begin with some bytes and extend beyond them.
  package func range(extending prefix: ArraySlice<UInt8>) -> Range<Int> {
    let range = range(beginningWith: prefix)
    // The tokens that equal these bytes come first.
    let start = range.first { token(at: $0).count > prefix.count } ?? range.upperBound
    return start..<range.upperBound
  }

  /// The bytes of the token at an index in ``ids``.
  package func token(at index: Int) -> ArraySlice<UInt8> { bytes[starts[ids[index]]..<starts[ids[index] + 1]] }

  /// The first index whose token is behind a bound; `isBehind` holds from there on.
  private func firstIndex(_ isBehind: (ArraySlice<UInt8>) -> Bool) -> Int {
    var (low, high) = (0, ids.count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(token(at: middle)) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
