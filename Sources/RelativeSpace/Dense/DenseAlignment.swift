public import LinearAlgebra

/// An alignment whose matrix R̂ is stored whole.
///
/// A product reads the matrix once, on all threads of `KernelThreads`, which is what it takes: the memory's speed
/// decides.
public struct DenseAlignment: TokenAlignment, Hashable {
  /// R̂, `[vocabulary × anchors]`.
  public let matrix: Matrix

  /// Makes an alignment of a ready matrix, `[vocabulary × anchors]`, such as one from a file.
  ///
  /// - Parameter matrix: R̂. Its rows should be distributions; see ``TokenAlignment``.
  /// - Throws: ``RelativeSpaceError`` with the code `invalidMatrix` that names the first element which is NaN, infinite
  ///   or negative.
  /// - Complexity: O(V·A).
  public init(matrix: Matrix) throws {
    if let place = firstImprobable(in: matrix.elements) {
      let (row, anchor) = place.quotientAndRemainder(dividingBy: matrix.columns)
      throw RelativeSpaceError(
        .invalidMatrix, "The matrix of an alignment is \(matrix.elements[place]) for token \(row) at anchor \(anchor)",
        remedy: "Make it of sound embeddings: every row is a distribution.")
    }
    self.init(known: matrix)
  }

  /// Makes an alignment of a matrix that is known to be sound.
  package init(known matrix: Matrix) {
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
