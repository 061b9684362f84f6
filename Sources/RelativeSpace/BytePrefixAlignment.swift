internal import LinearAlgebra
public import ModelBackends

/// An alignment by spelling alone: a token maps to the longest anchor that is a prefix of its bytes.
///
/// R̂ has a single one in each row, so that it takes one integer per token. p·R̂ is the distribution of the next
/// anchor. A model with longer tokens than another assigns to an anchor the sum of all its tokens that begin with it.
/// This is exact for any pair of models, whereas similarity of embeddings is an estimate.
///
/// An inverse search can reach the target exactly: one step of `EMSearch` is exact.
public struct BytePrefixAlignment: TokenAlignment {
  /// The number of tokens, V.
  public var vocabularyCount: Int { anchorOfToken.count }
  /// The number of anchors, A.
  public let anchorCount: Int
  /// Each token's anchor, `[V]`.
  package let anchorOfToken: [Int32]

  /// Finds every token's anchor.
  ///
  /// All end-of-generation tokens map to the end-of-generation anchor.
  ///
  /// - Complexity: O(total number of bytes · length of a token).
  public init(_ vocabulary: Vocabulary, anchors: BytePrefixAnchors) {
    var found = vocabulary.indices.map { token in
      let bytes = vocabulary.kind(of: token).isText ? vocabulary.bytes(of: token) : []
      return Int32(anchors.index(ofLongestPrefixOf: bytes) ?? anchors.noText)
    }
    for end in vocabulary.endOfGeneration { found[end] = Int32(anchors.endOfGeneration) }
    anchorOfToken = found
    anchorCount = anchors.count
  }

  /// r = p·R̂, `[V] → [A]`: the sum of the probabilities of each anchor's tokens.
  ///
  /// - Complexity: O(V + A).
  public func project(_ distribution: [Float]) -> [Float] {
    precondition(
      distribution.count == vocabularyCount,
      "\(distribution.count) probabilities do not fit \(vocabularyCount) tokens.")
    // Many small numbers are summed at one anchor: double precision keeps them.
    return sums(of: distribution, at: anchorOfToken, count: anchorCount)
  }

  /// R̂·y, `[A] → [V]`: the value of each token's anchor.
  ///
  /// - Complexity: O(V).
  public func pullBack(_ anchorValues: [Float]) -> [Float] {
    precondition(
      anchorValues.count == anchorCount, "\(anchorValues.count) values do not fit \(anchorCount) anchors.")
    return elements(of: anchorValues, at: anchorOfToken)
  }
}
