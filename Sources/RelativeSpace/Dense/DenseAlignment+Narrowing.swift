internal import LinearAlgebra
public import ModelBackends

extension DenseAlignment: NarrowableAlignment {
  /// Not known: a ready matrix does not say which tokens its anchors are.
  public var anchorTokens: [TokenID]? { nil }

  /// The rows of some tokens, as they are.
  ///
  /// - Complexity: O(K); the rows are not copied. With other tokens a projection more.
  public func narrowed(
    to tokens: [TokenID], probabilities: [Float], others: [Float]?, precision: NarrowingPrecision
  ) -> NarrowedRows {
    NarrowedRows(
      alignment: NarrowedAlignment(
        anchorCount: anchorCount,
        entries: NarrowedAlignment.Entries(starts: Array(repeating: 0, count: tokens.count + 1)),
        rows: .matrix(matrix, rows: tokens),
        coefficients: Matrix(rows: tokens.count, columns: 0),
        owners: Array(tokens.indices),
        background: others.map { NarrowedAlignment.Background(relative: project($0), of: $0) }))
  }
}

extension CosineAlignment: NarrowableAlignment {
  /// The rows of some tokens, as they are.
  ///
  /// - Complexity: O(K); the rows are not copied. With other tokens a projection more.
  public func narrowed(
    to tokens: [TokenID], probabilities: [Float], others: [Float]?, precision: NarrowingPrecision
  ) -> NarrowedRows {
    dense.narrowed(to: tokens, probabilities: probabilities, others: others, precision: precision)
  }
}
