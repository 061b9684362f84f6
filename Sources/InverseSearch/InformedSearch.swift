package import RelativeSpace

/// Where a search starts, as far as it has been computed already.
package struct SearchStart: Sendable {
  /// The main model's logits, `[V]`.
  package var logits: [Float]
  /// Their softmax p, `[V]`.
  package var probabilities: [Float]
  /// p·R̂, `[A]`; `nil` where nobody has projected it.
  package var relative: [Float]?

  /// Makes a start.
  package init(logits: [Float], probabilities: [Float], relative: [Float]?) {
    self.logits = logits
    self.probabilities = probabilities
    self.relative = relative
  }
}

/// A search that can be told what is known of its start: fusion has projected the main model's distribution before, and with a
/// dense alignment that is as much work as half a step.
package protocol InformedSearch: InverseSearch {
  /// What ``InverseSearch/search(from:toward:through:)`` finds.
  ///
  /// - Throws: What the search throws, but for logits without a softmax.
  func search(
    from start: SearchStart, toward target: [Float], through alignment: any TokenAlignment
  ) throws -> SearchResult
}
