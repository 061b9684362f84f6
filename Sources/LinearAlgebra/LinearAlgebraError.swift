/// Why numbers cannot be worked with.
public struct LinearAlgebraError: Error, Sendable, Hashable {
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
}

extension LinearAlgebraError: CustomStringConvertible {
  /// What is wrong, and where.
  public var description: String { problem }
}
