extension Vocabulary {
  /// The text tokens whose bytes begin with some bytes, sorted by their bytes; all text tokens where there are none.
  ///
  /// - Complexity: O(log V) comparisons, and O(1) for each token. The vocabulary is sorted on first use.
  package func tokens(beginningWith prefix: some Collection<UInt8>) -> ArraySlice<TokenID> {
    let sorted = tokensByBytes
    return sorted.ids[sorted.range(beginningWith: ArraySlice(Array(prefix)))]
  }
}
