package import ModelBackends

/// Exact matches first: a token that is an anchor maps to itself alone; every other token's row is that of another
/// alignment.
///
/// A cosine row spreads even an anchor's own mass over similar anchors. Here the mass of a token that all models share
/// is unchanged.
package struct ExactMatchAlignment: TokenAlignment {
  /// The alignment of the tokens that are not anchors.
  package let others: any TokenAlignment
  private let anchorIDs: [TokenID]

  /// Replaces the rows of anchors.
  ///
  /// - Parameters:
  ///   - others: The alignment of the tokens that are not anchors, `[V × A]`.
  ///   - anchorIDs: The anchors' identifiers in this vocabulary, A of them, each once.
  /// - Throws: ``RelativeSpaceError`` with the code `sizeMismatch` where the number of identifiers differs from the
  ///   number of anchors of `others`, or an identifier is not a token.
  package init(_ others: any TokenAlignment, anchorIDs: [TokenID]) throws {
    guard anchorIDs.count == others.anchorCount, anchorIDs.allSatisfy({ (0..<others.vocabularyCount).contains($0) })
    else {
      throw RelativeSpaceError(
        .sizeMismatch,
        "\(anchorIDs.count) identifiers cannot name \(others.anchorCount) anchors among \(others.vocabularyCount) "
          + "tokens",
        remedy: "Take the anchors' identifiers from the alignment's own vocabulary.")
    }
    self.others = others
    self.anchorIDs = anchorIDs
  }

  /// The number of tokens, V.
  package var vocabularyCount: Int { others.vocabularyCount }

  /// The number of anchors, A.
  package var anchorCount: Int { others.anchorCount }

  /// r = p·R̂, `[V] → [A]`.
  ///
  /// - Complexity: That of the other alignment, and O(A).
  package func project(_ distribution: [Float]) -> [Float] {
    precondition(
      distribution.count == vocabularyCount,
      "\(distribution.count) probabilities do not fit \(vocabularyCount) tokens.")
    var rest = distribution
    for token in anchorIDs { rest[token] = 0 }
    var relative = others.project(rest)
    for (anchor, token) in anchorIDs.enumerated() { relative[anchor] += distribution[token] }
    return relative
  }

  /// R̂·y, `[A] → [V]`.
  ///
  /// - Complexity: That of the other alignment, and O(A).
  package func pullBack(_ anchorValues: [Float]) -> [Float] {
    var values = others.pullBack(anchorValues)
    for (anchor, token) in anchorIDs.enumerated() { values[token] = anchorValues[anchor] }
    return values
  }
}
