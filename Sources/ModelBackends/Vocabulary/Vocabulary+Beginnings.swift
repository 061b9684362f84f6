extension Vocabulary {
  /// The text tokens whose bytes begin with some bytes, in the order of their bytes; all text tokens where there are none.
  ///
  /// - Complexity: O(log V) comparisons, and O(1) for each token. The vocabulary is sorted when it is first asked.
  public func tokens(beginningWith prefix: some Collection<UInt8>) -> ArraySlice<TokenID> {
    let sorted = tokensByBytes
    return sorted.ids[sorted.places(beginningWith: ArraySlice(Array(prefix)))]
  }
}
