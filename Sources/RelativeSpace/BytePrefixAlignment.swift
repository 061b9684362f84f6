internal import LinearAlgebra
public import ModelBackends

/// An alignment by spelling alone: a token stands for the longest anchor that its bytes begin with.
///
/// R̂ has a single one in each row, so that it is one integer a token. p·R̂ is the distribution of the next anchor. A model
/// with longer tokens than another says of an anchor what all of its tokens that begin with it say together, which is true
/// for any pair of models, where similarity of embeddings is a guess.
///
/// An inverse search can move all the way: one step of `EMSearch` is exact.
public struct BytePrefixAlignment: TokenAlignment {
  /// The number of tokens, V.
  public var vocabularyCount: Int { anchorOfToken.count }
  /// The number of anchors, A.
  public let anchorCount: Int
  /// Each token's anchor, `[V]`.
  public let anchorOfToken: [Int32]

  /// Finds every token's anchor.
  ///
  /// All tokens that end a generation stand for its end.
  ///
  /// - Complexity: O(total number of bytes · length of a token).
  public init(_ vocabulary: Vocabulary, anchors: BytePrefixAnchors) {
    var found = vocabulary.indices.map { token in
      let bytes = vocabulary.kind(of: token).isText ? vocabulary.bytes(of: token) : []
      return Int32(anchors.place(ofLongestPrefixOf: bytes) ?? anchors.noText)
    }
    for end in vocabulary.endOfGeneration { found[end] = Int32(anchors.endOfGeneration) }
    anchorOfToken = found
    anchorCount = anchors.count
  }

  /// r = p·R̂, `[V] → [A]`: the probabilities of each anchor's tokens, added up.
  ///
  /// - Complexity: O(V + A).
  public func project(_ distribution: [Float]) -> [Float] {
    precondition(
      distribution.count == vocabularyCount,
      "\(distribution.count) probabilities do not fit \(vocabularyCount) tokens.")
    // Many small numbers add up at one anchor: double precision keeps them.
    return sums(of: distribution, at: anchorOfToken, count: anchorCount)
  }

  /// R̂·y, `[A] → [V]`: each token's anchor's value.
  ///
  /// - Complexity: O(V).
  public func pullBack(_ anchorValues: [Float]) -> [Float] {
    precondition(
      anchorValues.count == anchorCount, "\(anchorValues.count) values do not fit \(anchorCount) anchors.")
    return elements(of: anchorValues, at: anchorOfToken)
  }
}
