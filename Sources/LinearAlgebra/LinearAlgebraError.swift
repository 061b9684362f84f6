/// Why numbers cannot be worked with.
public struct LinearAlgebraError: ExplainedError, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Makes a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// At least one number is NaN.
    public static let notANumber = Code(rawValue: "notANumber")
    /// At least one number is +∞.
    public static let positiveInfinity = Code(rawValue: "positiveInfinity")
    /// There are no numbers, or every one of them is −∞.
    public static let nothingFinite = Code(rawValue: "nothingFinite")
    /// A matrix has another number of elements than rows times columns.
    public static let sizeMismatch = Code(rawValue: "sizeMismatch")
  }

  /// The kind of failure.
  public var code: Code
  /// What is wrong, and where.
  public var problem: String

  /// Makes an error.
  public init(_ code: Code, _ problem: String) {
    self.code = code
    self.problem = problem
  }

  /// What to do about it.
  public var remedy: String {
    code == .sizeMismatch
      ? "Check the shape that the numbers were saved with."
      : "Check what gave these numbers: the model's logits or vectors."
  }

  /// What is wrong, and where. Whoever asked for the numbers adds what to do.
  public var description: String { problem }
}
