internal import AlignmentKernels
internal import LinearAlgebra
public import ModelBackends

extension DenseAlignment {
  /// A part of the rows is as good as all of them.
  public var isNarrowable: Bool { true }

  /// The rows of some tokens, as they are.
  ///
  /// - Complexity: O(K); the rows are not copied. With other tokens O(A) for each of them more.
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
  /// A part of the rows is as good as all of them.
  public var isNarrowable: Bool { true }

  /// The rows of some tokens, as they are.
  ///
  /// - Complexity: O(K); the rows are not copied. With other tokens O(A) for each of them more.
  public func narrowed(
    to tokens: [TokenID], probabilities: [Float], others: TokenShares?, precision: NarrowingPrecision
  ) -> NarrowedRows? {
    dense.narrowed(to: tokens, probabilities: probabilities, others: others, precision: precision)
  }
}
