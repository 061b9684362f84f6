// A stand-in for this module where the trait LlamaCpp is off: the same names, as types without values, whose
// initialisers explain the remedy. The compiler reports the missing trait at the line that needs it.
#if !LlamaCpp
  public import LinearAlgebra
  public import ModelBackends

  /// A model in a GGUF file; needs the package trait `LlamaCpp`.
  public enum GGUFBackend: ModelBackend {
    /// The file's name without its folder and suffix.
    public var name: String { switch self {} }
    /// The maximum number of tokens in a session.
    public var contextLength: Int? { switch self {} }
    /// The chat template in the file, if there is one.
    public var chatTemplate: (any PromptTemplate)? { switch self {} }
    /// The tokenizer in the file.
    public var ggufTokenizer: GGUFTokenizer { switch self {} }
    /// The options that the model runs with.
    public var options: Options { switch self {} }
    /// The model's tokens in bytes.
    public var vocabulary: Vocabulary { switch self {} }
    /// The tokenizer in the file.
    public var tokenizer: (any Tokenizer)? { switch self {} }
    /// The identity of everything that determines the model's answers.
    public var content: ModelContent? { switch self {} }
    /// The warnings found while the model was loaded.
    public var warnings: [BackendWarning] { switch self {} }
    /// A table of token vectors.
    public func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable { switch self {} }
    /// Starts a session.
    public func makeSession() async throws -> any ModelSession { switch self {} }
  }

  @available(
    *, unavailable,
    message: "GGUF models need the package trait LlamaCpp: .package(…, traits: [\"LlamaCpp\"]), or --traits LlamaCpp"
  )
  extension GGUFBackend {
    /// Loads a model; needs the package trait `LlamaCpp`.
    public init(file: String, options: Options = Options()) throws { throw BackendError.missingTrait(for: file) }
    /// Loads a model off the cooperative pool; needs the package trait `LlamaCpp`.
    public static func load(_ file: String, options: Options = Options()) async throws -> GGUFBackend {
      throw BackendError.missingTrait(for: file)
    }
  }

  /// The tokenizer in a GGUF file; needs the package trait `LlamaCpp`.
  public enum GGUFTokenizer: Tokenizer {
    /// The tokens.
    public var vocabulary: Vocabulary { switch self {} }
    /// Returns whether a text can be cut at an index and its parts be tokenised separately.
    public func canCut(_ text: [UInt8], at position: Int) -> Bool { switch self {} }
    /// The control tokens that markup spells.
    public func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] { switch self {} }
    /// The number of bytes of a text that no token represents.
    public func droppedCharacters(in text: [UInt8]) -> Int { switch self {} }
    /// Tokenises a text.
    public func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] { switch self {} }
  }

  @available(
    *, unavailable,
    message: "GGUF files need the package trait LlamaCpp: .package(…, traits: [\"LlamaCpp\"]), or --traits LlamaCpp"
  )
  extension GGUFTokenizer {
    /// Loads the tokenizer of a file; needs the package trait `LlamaCpp`.
    public init(file: String) throws { throw BackendError.missingTrait(for: file) }
  }

  /// A table of token vectors in a GGUF file; needs the package trait `LlamaCpp`.
  public enum GGUFEmbeddings: EmbeddingTable {
    /// The number of rows.
    public var count: Int { switch self {} }
    /// The length of a row.
    public var dimension: Int { switch self {} }
    /// The file and the tensor in it.
    public var origin: EmbeddingOrigin? { switch self {} }
    /// A block of rows.
    public func rows(_ range: Range<Int>) -> Matrix { switch self {} }
  }

  @available(
    *, unavailable,
    message: "GGUF files need the package trait LlamaCpp: .package(…, traits: [\"LlamaCpp\"]), or --traits LlamaCpp"
  )
  extension GGUFEmbeddings {
    /// Opens a tensor of a file; needs the package trait `LlamaCpp`.
    public init(file: String, tensor: String) throws { throw BackendError.missingTrait(for: file) }
    /// Opens the table of one side; needs the package trait `LlamaCpp`.
    public init(file: String, side: EmbeddingSide) throws { throw BackendError.missingTrait(for: file) }
  }

  /// The chat template in a GGUF file; needs the package trait `LlamaCpp`.
  public enum GGUFTemplate: PromptTemplate {
    /// The template, in Jinja.
    public var source: String { switch self {} }
    /// The conversation in the form that the model was trained on.
    public func prompt(for messages: [Message]) throws -> RenderedPrompt { switch self {} }
  }

  @available(
    *, unavailable,
    message: "GGUF files need the package trait LlamaCpp: .package(…, traits: [\"LlamaCpp\"]), or --traits LlamaCpp"
  )
  extension GGUFTemplate {
    /// Renders a conversation as llama.cpp does; needs the package trait `LlamaCpp`.
    public static func render(_ request: JinjaRequest) throws -> String {
      throw BackendError.missingTrait(for: "the chat template")
    }
  }

  extension BackendError {
    /// The error thrown by an initialiser that the compiler forbids calling.
    fileprivate static func missingTrait(for file: String) -> BackendError {
      BackendError(
        .missingEngine, in: file, "this program was built without llama.cpp",
        remedy: "Build it with the package trait LlamaCpp.")
    }
  }
#endif
