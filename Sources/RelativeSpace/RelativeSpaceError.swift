public import LinearAlgebra

/// A reason why models cannot share a relative space, with a remedy.
public struct RelativeSpaceError: ExplainedError, Hashable {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Creates a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The vocabularies have no token's bytes in common.
    public static let noSharedTokens = Code(rawValue: "noSharedTokens")
    /// A requested anchor is not a token of every vocabulary.
    public static let tokensNotShared = Code(rawValue: "tokensNotShared")
    /// The selection left no anchors.
    public static let noAnchors = Code(rawValue: "noAnchors")
    /// Vocabulary, embeddings and anchors do not fit together.
    public static let sizeMismatch = Code(rawValue: "sizeMismatch")
    /// An option has a value that cannot be used.
    public static let invalidOption = Code(rawValue: "invalidOption")
    /// A selection of anchors needs embeddings, and there are none.
    public static let noEmbeddings = Code(rawValue: "noEmbeddings")
    /// A selection of anchors needs a tokenizer, and there is none.
    public static let noTokenizer = Code(rawValue: "noTokenizer")
    /// A matrix of an alignment, or the embedding table that it is computed from, has a NaN or an infinity.
    public static let invalidMatrix = Code(rawValue: "invalidMatrix")
    /// The matrix would need more memory than allowed.
    public static let memoryLimit = Code(rawValue: "memoryLimit")
    /// A cache of alignments cannot be used, or a file in it is damaged.
    public static let cache = Code(rawValue: "cache")
  }

  /// The kind of failure.
  public var code: Code
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String

  /// Creates an error that reads "problem. remedy".
  package init(_ code: Code, _ problem: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }
}

extension RelativeSpaceError {
  /// "problem. remedy"
  public var description: String { explanation }
}
