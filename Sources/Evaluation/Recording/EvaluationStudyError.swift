/// Why a study cannot be done.
public struct EvaluationStudyError: Error, Sendable, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Makes a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// What is to be kept does not fit into the memory that it may take.
    public static let memoryLimit = Code(rawValue: "memoryLimit")
    /// A value cannot be used.
    public static let invalidOption = Code(rawValue: "invalidOption")
    /// There is nothing to measure on.
    public static let noData = Code(rawValue: "noData")
  }

  /// The kind of failure.
  public var code: Code
  /// What is wrong.
  public var problem: String
  /// What to do about it.
  public var remedy: String

  /// Makes an error.
  public init(_ code: Code, _ problem: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }
}

extension EvaluationStudyError: CustomStringConvertible {
  /// "problem. remedy"
  public var description: String { "\(problem). \(remedy)" }
}
