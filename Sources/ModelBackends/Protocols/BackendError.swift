public import LinearAlgebra

/// A human-readable error of a backend: which file or tensor, what was expected, and what to do.
public struct BackendError: ExplainedError, Hashable {
  /// The kind of failure. Backends may add codes of their own.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Creates a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The engine's library is not installed or cannot be loaded.
    public static let missingEngine = Code(rawValue: "missingEngine")
    /// A file or folder does not exist.
    public static let missingFile = Code(rawValue: "missingFile")
    /// A file is not of the expected format, is truncated or is damaged.
    public static let invalidFile = Code(rawValue: "invalidFile")
    /// A file is valid but requires a feature that this backend does not have.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The model provides no embeddings.
    public static let noEmbeddings = Code(rawValue: "noEmbeddings")
    /// There is no text to predict from.
    public static let emptyPrompt = Code(rawValue: "emptyPrompt")
    /// The text has more tokens than the model can read.
    public static let contextOverflow = Code(rawValue: "contextOverflow")
    /// The text cannot be tokenised.
    public static let tokenization = Code(rawValue: "tokenization")
    /// An option or argument has a value that cannot be used.
    public static let invalidArgument = Code(rawValue: "invalidArgument")
    /// The engine failed while it ran.
    public static let engineFailure = Code(rawValue: "engineFailure")
  }

  /// The kind of failure.
  public var code: Code
  /// The location: a file, a model, a tensor.
  public var subject: String
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String

  /// Creates an error that reads "subject: problem. remedy".
  public init(_ code: Code, in subject: String, _ problem: String, remedy: String) {
    self.code = code
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }
}

extension BackendError {
  /// The subject.
  public var origin: String { subject }

  /// "subject: problem. remedy"
  public var description: String { explanation }
}
