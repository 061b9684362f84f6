public import LinearAlgebra

/// An alignment whose matrix R̂ is stored whole.
///
/// A product reads the matrix once, on all threads of `KernelThreads`, which is what it takes: the memory's speed decides.
public struct DenseAlignment: Alignment, Hashable {
  /// R̂, `[vocabulary × anchors]`.
  public let matrix: Matrix

  /// Makes an alignment of a ready matrix, `[vocabulary × anchors]`.
  ///
  /// - Parameter matrix: R̂. Its rows should be distributions; see ``Alignment``.
  public init(matrix: Matrix) {
    self.matrix = matrix
  }

  /// The number of tokens, V.
  public var vocabularyCount: Int { matrix.rows }

  /// The number of anchors, A.
  public var anchorCount: Int { matrix.columns }

  /// r = p·R̂, `[V] → [A]`.
  ///
  /// - Complexity: O(V·A).
  public func project(_ distribution: [Float]) -> [Float] { MatrixProducts.multiply(distribution, matrix) }

  /// R̂·y, `[A] → [V]`.
  ///
  /// - Complexity: O(V·A).
  public func pullBack(_ anchorValues: [Float]) -> [Float] { MatrixProducts.multiply(matrix, anchorValues) }
}
