public import LinearAlgebra

/// The reason why something cannot be evaluated, and the remedy.
public struct EvaluationError: ExplainedError, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Creates a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// A file cannot be read or written.
    public static let file = Code(rawValue: "file")
    /// A line of a file has the wrong form.
    public static let invalidLine = Code(rawValue: "invalidLine")
    /// A field of a line is empty, such as a question or a choice.
    public static let emptyField = Code(rawValue: "emptyField")
    /// A results file belongs to another run.
    public static let differentRun = Code(rawValue: "differentRun")
    /// Another process, or another part of this one, writes the same results.
    public static let inUse = Code(rawValue: "inUse")
    /// A contestant has no answer at all.
    public static let noAnswers = Code(rawValue: "noAnswers")
    /// The name of a rule or of one of its settings is unknown.
    public static let unknownRule = Code(rawValue: "unknownRule")
    /// There is nothing to evaluate, or something is missing for it.
    public static let incomplete = Code(rawValue: "incomplete")
    /// A recording would exceed the memory limit.
    public static let memoryLimit = Code(rawValue: "memoryLimit")
    /// An option has an unusable value.
    public static let invalidOption = Code(rawValue: "invalidOption")
  }

  /// The kind of failure.
  public var code: Code
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String

  /// Creates an error that reads "problem. remedy".
  public init(_ code: Code, _ problem: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }
}

extension EvaluationError {
  /// "problem. remedy"
  public var description: String { explanation }
}
