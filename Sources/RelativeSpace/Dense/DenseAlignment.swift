public import LinearAlgebra

/// An alignment whose matrix R̂ is stored in full.
///
/// A product reads the matrix once, with all workers: its time is bound by memory bandwidth.
public struct DenseAlignment: TokenAlignment, Hashable {
  /// R̂, `[vocabulary × anchors]`.
  public let matrix: Matrix
  /// The number of threads of a product.
  public let workers: Workers

  /// Creates an alignment from a complete matrix, `[vocabulary × anchors]`, such as one from a file.
  ///
  /// - Parameters:
  ///   - matrix: R̂. Its rows should be distributions; see ``TokenAlignment``.
  ///   - workers: The number of threads of a product; all cores by default.
  /// - Throws: ``RelativeSpaceError`` with the code `invalidMatrix` that names the first element that is NaN, infinite
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

  /// Creates an alignment from a matrix that is known to be valid.
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
