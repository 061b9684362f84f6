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

/// The error that a narrowed alignment may have.
public struct NarrowingPrecision: Sendable, Hashable {
  /// The error that is aimed at: the root of Σ (p_w·‖error of row w‖₁)², which is what the L1 distance of p·R̂ from its exact
  /// value is about where the rows' errors are independent of each other.
  public var tolerance: Float
  /// How many rows at most are made exact for that in one step, beyond those that are kept from the start. The likeliest come
  /// first.
  public var newRows: Int

  /// Makes a precision.
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
  /// Σ p_w·‖error of row w‖₁: the L1 distance of p·R̂ from its exact value is no more than this. A row that was made exact counts
  /// with what such rows are off on the average.
  public var errorBound: Float

  /// Makes an answer.
  public init(alignment: any TokenAlignment, errorBound: Float = 0) {
    self.alignment = alignment
    self.errorBound = errorBound
  }
}
