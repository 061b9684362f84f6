public import LinearAlgebra

/// A problem with a tokenizer file or a text: the file, the location in it, and the remedy.
public struct TokenizerError: ExplainedError, Hashable {
  /// The kind of error. Tokenizers of other modules may add codes of their own.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Creates a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// A file does not exist or cannot be read.
    public static let missingFile = Code(rawValue: "missingFile")
    /// A file is not JSON.
    public static let invalidJSON = Code(rawValue: "invalidJSON")
    /// A file is JSON, but a field is missing or has invalid content.
    public static let invalidFile = Code(rawValue: "invalidFile")
    /// A file requires a component or a setting that this reader does not know.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The vocabulary cannot express the bytes of a text.
    public static let inexpressible = Code(rawValue: "inexpressible")
    /// An argument does not fit the file.
    public static let invalidArgument = Code(rawValue: "invalidArgument")
  }

  /// The kind of error.
  public var code: Code
  /// The file's name.
  public var file: String
  /// The location in the file, such as `pre_tokenizer.pretokenizers[1].type` or `byte 1207`; empty for the file as a
  /// whole.
  public var location: String
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String

  /// Creates an error that reads "file, location: problem. remedy".
  package init(_ code: Code, in file: String, at location: String = "", _ problem: String, remedy: String) {
    self.code = code
    self.file = file
    self.location = location
    self.problem = problem
    self.remedy = remedy
  }
}

extension TokenizerError {
  /// The file and the location in it.
  public var origin: String { file + (location.isEmpty ? "" : ", \(location)") }

  /// "file, location: problem. remedy"
  public var description: String { explanation }
}
