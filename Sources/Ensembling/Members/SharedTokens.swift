internal import ModelBackends
internal import RelativeSpace

extension [Member] {
  /// Checks that every assistant shares text with the main model: a token with the same bytes.
  ///
  /// An assistant without one says nothing that the main model's tokens could express. For rules that use parts of
  /// tokens only single bytes would remain, which are not characters.
  ///
  /// - Throws: `RelativeSpaceError` with the code `noSharedTokens` that names both models.
  /// - Complexity: O(V) lookups for each assistant, mostly far fewer.
  package func checkThatTokensAreShared() throws {
    guard let main = first else { return }
    let tokens = main.backend.vocabulary
    for assistant in dropFirst() where !tokens.sharesText(with: assistant.backend.vocabulary) {
      throw RelativeSpaceError(
        .noSharedTokens, "The vocabularies of \(main.name) and \(assistant.name) have no token with the same bytes",
        remedy:
          "Leave \(assistant.name) out, or combine finished answers (voting, minimum Bayes risk, ranking), which need "
          + "no shared tokens."
      )
    }
  }
}

extension Vocabulary {
  fileprivate func sharesText(with other: Vocabulary) -> Bool {
    let (fewer, more) = count < other.count ? (self, other) : (other, self)
    return fewer.indices.contains { token in
      fewer.kind(of: token).isText && !fewer.bytes(of: token).isEmpty
        && more.id(forBytes: fewer.bytes(of: token)) != nil
    }
  }
}
