public import LinearAlgebra

/// Why something cannot be evaluated, and what to do.
public struct EvaluationError: ExplainedError, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Makes a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// A file cannot be read or written.
    public static let file = Code(rawValue: "file")
    /// A line of a file is not what it should be.
    public static let invalidLine = Code(rawValue: "invalidLine")
    /// A field of a line has nothing in it, as an empty question or choice.
    public static let emptyField = Code(rawValue: "emptyField")
    /// A results file belongs to another run.
    public static let differentRun = Code(rawValue: "differentRun")
    /// Another process, or another part of this one, writes the same results.
    public static let inUse = Code(rawValue: "inUse")
    /// Something that was asked answered nothing at all.
    public static let noAnswers = Code(rawValue: "noAnswers")
    /// The name of a rule or one of its settings is not known.
    public static let unknownRule = Code(rawValue: "unknownRule")
    /// There is nothing to evaluate, or something is missing for it.
    public static let incomplete = Code(rawValue: "incomplete")
    /// A recording would not fit into the memory that is allowed.
    public static let memoryLimit = Code(rawValue: "memoryLimit")
    /// An option has a value that cannot be used.
    public static let invalidOption = Code(rawValue: "invalidOption")
  }

  /// The kind of failure.
  public var code: Code
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String

  /// Makes an error that reads "problem. remedy".
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
