public import ModelBackends

/// A row-stochastic matrix R̂, `[vocabulary × anchors]`, from a model's tokens to the anchors that all models share.
///
/// Row w of R̂ gives the weights of token w on the anchors. Rows are distributions: not negative, with the sum one.
/// Projection, fusion and inverse search use only this protocol, so that an alignment need not be a dense matrix.
public protocol TokenAlignment: Sendable {
  /// The number of tokens, V.
  var vocabularyCount: Int { get }

  /// The number of anchors, A.
  var anchorCount: Int { get }

  /// r = p·R̂: maps a distribution over tokens to one over anchors, `[V] → [A]`.
  ///
  /// The result is a distribution where `distribution` is one (arXiv 2404.12715).
  ///
  /// - Precondition: `distribution` has ``vocabularyCount`` elements.
  func project(_ distribution: [Float]) -> [Float]

  /// R̂·y: maps values at the anchors to values at the tokens, `[A] → [V]`. The transpose of ``project(_:)``.
  ///
  /// - Precondition: `anchorValues` has ``anchorCount`` elements.
  func pullBack(_ anchorValues: [Float]) -> [Float]

  /// KL(r̄ ‖ p·R̂) and its gradient with respect to p, which a search follows.
  ///
  /// A projection and a pull-back, unless an alignment has a faster method.
  ///
  /// - Precondition: `distribution` has ``vocabularyCount`` elements, `target` ``anchorCount``.
  func divergence(of distribution: [Float], toward target: [Float]) -> RelativeDivergence

  /// The same, for a distribution whose projection p·R̂ is known.
  ///
  /// A pull-back, unless an alignment has a faster method.
  ///
  /// - Precondition: Both have ``anchorCount`` elements.
  func divergence(ofProjected relative: [Float], toward target: [Float]) -> RelativeDivergence

  /// KL(r̄ ‖ p·R̂) alone.
  ///
  /// A projection, unless an alignment has a faster method.
  ///
  /// - Precondition: `distribution` has ``vocabularyCount`` elements, `target` ``anchorCount``.
  func loss(of distribution: [Float], toward target: [Float]) -> Float

  /// The token of each anchor, `[A]`; `nil` where that is not known, which is the default.
  var anchorTokens: [TokenID]? { get }

  /// Whether ``narrowed(to:probabilities:others:precision:)`` is supported; `false` by default.
  var isNarrowable: Bool { get }

  /// The rows of some tokens, in the given order: a fusion step needs only those of its likely tokens.
  ///
  /// ``project(_:)`` and ``pullBack(_:)`` of the alignment itself stay the exact reference.
  ///
  /// - Parameters:
  ///   - tokens: The tokens, each once, K of them.
  ///   - probabilities: Their probabilities, `[K]`, with the sum one: rows with larger ones are more exact.
  ///   - others: Tokens that are not moved, among `tokens` at most those with the probability zero; `nil` for none.
  ///     With δ the sum of their probabilities and o their relative distribution, the result projects p to (1 − δ)·p·R̂
  ///     + o.
  ///   - precision: The allowed error.
  /// - Returns: An alignment of K tokens with the same anchors and a bound on its error; `nil` where the alignment
  ///   cannot be narrowed, which is the default.
  /// - Throws: An error from reading embeddings.
  func narrowed(
    to tokens: [TokenID], probabilities: [Float], others: TokenShares?, precision: NarrowingPrecision
  ) throws -> NarrowedRows?
}

extension TokenAlignment {
  /// Not known.
  public var anchorTokens: [TokenID]? { nil }

  /// The alignment is always used in full.
  public var isNarrowable: Bool { false }

  /// Not supported.
  public func narrowed(
    to tokens: [TokenID], probabilities: [Float], others: TokenShares?, precision: NarrowingPrecision
  ) throws -> NarrowedRows? { nil }
}
