public import LinearAlgebra

/// An alignment whose matrix R̂ is stored whole.
///
/// A product reads the matrix once, with all workers: the memory's speed decides how long it takes.
public struct DenseAlignment: TokenAlignment, Hashable {
  /// R̂, `[vocabulary × anchors]`.
  public let matrix: Matrix
  /// How many threads a product uses.
  public let workers: Workers

  /// Makes an alignment of a ready matrix, `[vocabulary × anchors]`, such as one from a file.
  ///
  /// - Parameters:
  ///   - matrix: R̂. Its rows should be distributions; see ``TokenAlignment``.
  ///   - workers: How many threads a product uses; all cores unless told otherwise.
  /// - Throws: ``RelativeSpaceError`` with the code `invalidMatrix` that names the first element which is NaN, infinite
  ///   or negative.
  /// - Complexity: O(V·A).
  public init(matrix: Matrix, workers: Workers = .all) throws {
    if let index = firstImprobable(in: matrix.elements) {
      let (row, anchor) = index.quotientAndRemainder(dividingBy: matrix.columns)
      throw RelativeSpaceError(
        .invalidMatrix, "The matrix of an alignment is \(matrix.elements[index]) for token \(row) at anchor \(anchor)",
        remedy: "Make it of sound embeddings: every row is a distribution.")
    }
    self.init(known: matrix, workers: workers)
  }

  /// Makes an alignment of a matrix that is known to be sound.
  package init(known matrix: Matrix, workers: Workers = .all) {
    self.matrix = matrix
    self.workers = workers
  }

  /// The number of tokens, V.
  public var vocabularyCount: Int { matrix.rows }

  /// The number of anchors, A.
  public var anchorCount: Int { matrix.columns }

  /// r = p·R̂, `[V] → [A]`.
  ///
  /// - Complexity: O(V·A).
  public func project(_ distribution: [Float]) -> [Float] {
    MatrixProducts.multiply(distribution, matrix, workers: workers)
  }

  /// R̂·y, `[A] → [V]`.
  ///
  /// - Complexity: O(V·A).
  public func pullBack(_ anchorValues: [Float]) -> [Float] {
    MatrixProducts.multiply(matrix, anchorValues, workers: workers)
  }
}
