internal import AlignmentKernels
internal import LinearAlgebra
public import ModelBackends

extension DenseAlignment {
  /// A subset of the rows is exact.
  public var isNarrowable: Bool { true }

  /// The rows of some tokens.
  ///
  /// - Complexity: O(K); the rows are not copied. With other tokens, O(A) more for each of them.
  public func narrowed(
    to tokens: [TokenID], probabilities: [Float], others: TokenShares?, precision: NarrowingPrecision
  ) -> NarrowedRows? {
    NarrowedRows(
      alignment: NarrowedAlignment(
        entries: AnchorEntries(none: tokens.count, anchorCount: anchorCount),
        mixture: RowMixture(rows: tokens, of: matrix),
        coefficients: Matrix(rows: tokens.count, columns: 0),
        owners: Array(tokens.indices),
        background: others.map { NarrowedAlignment.Background(relative: project($0), of: $0) },
        workers: workers))
  }

  /// The relative distribution of some tokens, `[A]`.
  private func project(_ shares: TokenShares) -> [Float] {
    var relative = [Float](repeating: 0, count: anchorCount)
    RowMixture(rows: shares.tokens, of: matrix).add(shares.probabilities, to: &relative, workers: workers)
    return relative
  }
}

extension CosineAlignment {
  /// A subset of the rows is exact.
  public var isNarrowable: Bool { true }

  /// The rows of some tokens.
  ///
  /// - Complexity: O(K); the rows are not copied. With other tokens, O(A) more for each of them.
  public func narrowed(
    to tokens: [TokenID], probabilities: [Float], others: TokenShares?, precision: NarrowingPrecision
  ) -> NarrowedRows? {
    dense.narrowed(to: tokens, probabilities: probabilities, others: others, precision: precision)
  }
}
