public import LinearAlgebra

/// A reason why the members' distributions cannot be combined, with a remedy.
public struct FusionError: ExplainedError, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Creates a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// There are no members.
    public static let noMembers = Code(rawValue: "noMembers")
    /// Relative distributions have different lengths.
    public static let lengthMismatch = Code(rawValue: "lengthMismatch")
    /// Weights are too many or too few, negative, not finite, or all zero.
    public static let invalidWeights = Code(rawValue: "invalidWeights")
    /// Development scores cannot be converted to weights.
    public static let invalidScores = Code(rawValue: "invalidScores")
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

extension FusionError {
  /// "problem. remedy"
  public var description: String { explanation }
}
