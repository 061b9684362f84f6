public import LinearAlgebra

/// A reason why a search is impossible, with a remedy.
public struct InverseSearchError: ExplainedError, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Creates a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// Logits, target and alignment have lengths that do not fit.
    public static let lengthMismatch = Code(rawValue: "lengthMismatch")
    /// The logits have a NaN or +∞, or none is finite.
    public static let invalidLogits = Code(rawValue: "invalidLogits")
    /// The target has a NaN, an infinity or a negative number, or is zero everywhere.
    public static let invalidTarget = Code(rawValue: "invalidTarget")
    /// A rate, a number of steps or another option cannot be used.
    public static let invalidOption = Code(rawValue: "invalidOption")
    /// The alignment has numbers that are not probabilities.
    public static let invalidAlignment = Code(rawValue: "invalidAlignment")
    /// The search left the range of finite numbers.
    public static let diverged = Code(rawValue: "diverged")
  }

  /// The kind of failure.
  public var code: Code
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String

  /// Creates an error that reads "problem. remedy".
  package init(_ code: Code, _ problem: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }
}

extension InverseSearchError {
  /// "problem. remedy"
  public var description: String { explanation }
}
