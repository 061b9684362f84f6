/// A way from a model's tokens to the anchors that all models share, and back: the matrix R̂, `[vocabulary × anchors]`.
///
/// Row w of R̂ says how much each anchor stands for token w. Rows are distributions: not negative, with the sum one.
/// Projection, fusion and inverse search see only this protocol, so that an alignment need not be a dense matrix.
public protocol TokenAlignment: Sendable {
  /// The number of tokens, V.
  var vocabularyCount: Int { get }

  /// The number of anchors, A.
  var anchorCount: Int { get }

  /// r = p·R̂: what a distribution over tokens says about the anchors, `[V] → [A]`.
  ///
  /// The result is a distribution where `distribution` is one (arXiv 2404.12715).
  ///
  /// - Precondition: `distribution` has ``vocabularyCount`` elements.
  func project(_ distribution: [Float]) -> [Float]

  /// R̂·y: what values at the anchors mean for the tokens, `[A] → [V]`. The transpose of ``project(_:)``.
  ///
  /// - Precondition: `anchorValues` has ``anchorCount`` elements.
  func pullBack(_ anchorValues: [Float]) -> [Float]

  /// KL(r̄ ‖ p·R̂) and its gradient with regard to p, which a search follows.
  ///
  /// A projection and a pull-back unless an alignment knows a shorter way.
  ///
  /// - Precondition: `distribution` has ``vocabularyCount`` elements, `target` ``anchorCount``.
  func divergence(of distribution: [Float], toward target: [Float]) -> RelativeDivergence

  /// The same, of a distribution whose projection p·R̂ is known.
  ///
  /// A pull-back unless an alignment knows a shorter way.
  ///
  /// - Precondition: Both have ``anchorCount`` elements.
  func divergence(ofProjected relative: [Float], toward target: [Float]) -> RelativeDivergence

  /// KL(r̄ ‖ p·R̂) alone.
  ///
  /// A projection unless an alignment knows a shorter way.
  ///
  /// - Precondition: `distribution` has ``vocabularyCount`` elements, `target` ``anchorCount``.
  func loss(of distribution: [Float], toward target: [Float]) -> Float
}
