/// A reason why numbers cannot be used.
public struct LinearAlgebraError: ExplainedError, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Creates a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// At least one number is NaN.
    public static let notANumber = Code(rawValue: "notANumber")
    /// At least one number is +∞.
    public static let positiveInfinity = Code(rawValue: "positiveInfinity")
    /// There are no numbers, or every one of them is −∞.
    public static let nothingFinite = Code(rawValue: "nothingFinite")
    /// The number of a matrix's elements is not rows times columns.
    public static let sizeMismatch = Code(rawValue: "sizeMismatch")
  }

  /// The kind of failure.
  public var code: Code
  /// The problem and its position.
  public var problem: String

  /// Creates an error.
  package init(_ code: Code, _ problem: String) {
    self.code = code
    self.problem = problem
  }

  /// The remedy.
  public var remedy: String {
    code == .sizeMismatch
      ? "Check the shape that the numbers were saved with."
      : "Check what gave these numbers: the model's logits or vectors."
  }

  /// The problem and its position; the caller knows where the numbers came from and adds a remedy.
  public var description: String { problem }
}
