public import LinearAlgebra

/// What went wrong in a backend, for people: which file or tensor, what was expected, and what to do.
public struct BackendError: ExplainedError, Hashable {
  /// The kind of failure. Backends may add codes of their own.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Makes a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The engine's library is not installed or cannot be loaded.
    public static let missingEngine = Code(rawValue: "missingEngine")
    /// A file or folder is not there.
    public static let missingFile = Code(rawValue: "missingFile")
    /// A file is not of the format that it should have, is truncated or is damaged.
    public static let invalidFile = Code(rawValue: "invalidFile")
    /// A file is sound but asks for something that this backend does not do.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The model has no embeddings to offer.
    public static let noEmbeddings = Code(rawValue: "noEmbeddings")
    /// There is no text to predict from.
    public static let emptyPrompt = Code(rawValue: "emptyPrompt")
    /// The text has more tokens than the model can read.
    public static let contextOverflow = Code(rawValue: "contextOverflow")
    /// The text cannot be turned into tokens.
    public static let tokenization = Code(rawValue: "tokenization")
    /// An option or argument has a value that cannot be used.
    public static let invalidArgument = Code(rawValue: "invalidArgument")
    /// The engine failed while it ran.
    public static let engineFailure = Code(rawValue: "engineFailure")
  }

  /// The kind of failure.
  public var code: Code
  /// Where: a file, a model, a tensor.
  public var subject: String
  /// What is wrong there.
  public var problem: String
  /// What to do about it.
  public var remedy: String

  /// Makes an error that reads "subject: problem. remedy".
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
