public import LinearAlgebra

/// What is wrong with a tokenizer file or with a text, for people: which file, where in it, and what to do.
public struct TokenizerError: ExplainedError, Hashable {
  /// The kind of failure. Tokenizers of other modules may add codes of their own.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Makes a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// A file is not there or cannot be read.
    public static let missingFile = Code(rawValue: "missingFile")
    /// A file is not JSON.
    public static let invalidJSON = Code(rawValue: "invalidJSON")
    /// A file is JSON, but a field is missing or does not hold what it should.
    public static let invalidFile = Code(rawValue: "invalidFile")
    /// A file asks for a component or a setting that this reader does not know.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The vocabulary cannot express the bytes of a text.
    public static let inexpressible = Code(rawValue: "inexpressible")
    /// An argument does not fit the file.
    public static let invalidArgument = Code(rawValue: "invalidArgument")
  }

  /// The kind of failure.
  public var code: Code
  /// The file's name.
  public var file: String
  /// The place in the file, such as `pre_tokenizer.pretokenizers[1].type` or `byte 1207`; empty for the file as a
  /// whole.
  public var place: String
  /// What is wrong there.
  public var problem: String
  /// What to do about it.
  public var remedy: String

  /// Makes an error that reads "file, place: problem. remedy".
  public init(_ code: Code, in file: String, at place: String = "", _ problem: String, remedy: String) {
    self.code = code
    self.file = file
    self.place = place
    self.problem = problem
    self.remedy = remedy
  }
}

extension TokenizerError {
  /// The file and the place in it.
  public var origin: String { file + (place.isEmpty ? "" : ", \(place)") }

  /// "file, place: problem. remedy"
  public var description: String { explanation }
}
