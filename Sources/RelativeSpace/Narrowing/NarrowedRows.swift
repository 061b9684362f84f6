public import ModelBackends

/// Some tokens and their probabilities.
public struct TokenShares: Sendable, Hashable {
  /// The tokens, ascending, each once.
  public var tokens: [TokenID]
  /// Their probabilities.
  public var probabilities: [Float]

  /// - Precondition: As many probabilities as tokens.
  public init(tokens: [TokenID], probabilities: [Float]) {
    precondition(tokens.count == probabilities.count, "Every token has a probability.")
    self.tokens = tokens
    self.probabilities = probabilities
  }
}

/// The allowed error of a narrowed alignment.
public struct NarrowingPrecision: Sendable, Hashable {
  /// The target error: the root of Σ (p_w·‖error of row w‖₁)², which approximates the L1 distance of p·R̂ from its
  /// exact value where the rows' errors are independent of each other.
  public var tolerance: Float
  /// The maximum number of rows computed exactly for that in one step, beyond those stored from the start. The
  /// likeliest come first.
  public var newRows: Int

  /// Creates a precision.
  ///
  /// - Precondition: Neither is negative.
  public init(tolerance: Float = 0.01, newRows: Int = 8) {
    precondition(tolerance >= 0 && newRows >= 0, "Neither an error of \(tolerance) nor \(newRows) rows can be had.")
    self.tolerance = tolerance
    self.newRows = newRows
  }
}

/// The rows of a few tokens.
public struct NarrowedRows: Sendable {
  /// The rows, `[K × A]`.
  public var alignment: any TokenAlignment
  /// Σ p_w·‖error of row w‖₁: a bound on the L1 distance of p·R̂ from its exact value. A row that was computed exactly
  /// counts with the mean error of such rows.
  public var errorBound: Float

  /// Creates the rows.
  public init(alignment: any TokenAlignment, errorBound: Float = 0) {
    self.alignment = alignment
    self.errorBound = errorBound
  }
}
