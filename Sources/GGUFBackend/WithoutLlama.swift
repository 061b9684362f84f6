// What stands for this module where the trait LlamaCpp is off: the same names, of types without values, whose
// initialisers say what to do. A program that forgot the trait is told so by the compiler, at the line that needs it.
#if !LlamaCpp
  public import LinearAlgebra
  public import ModelBackends

  /// A model in a GGUF file; needs the package trait `LlamaCpp`.
  public enum GGUFBackend: ModelBackend {
    /// The file's name without its folder and ending.
    public var name: String { switch self {} }
    /// How many tokens a session holds.
    public var contextLength: Int? { switch self {} }
    /// The chat template in the file, if there is one.
    public var chatTemplate: (any PromptTemplate)? { switch self {} }
    /// The tokenizer in the file.
    public var ggufTokenizer: GGUFTokenizer { switch self {} }
    /// How the model runs.
    public var options: Options { switch self {} }
    /// The model's tokens in bytes.
    public var vocabulary: Vocabulary { switch self {} }
    /// The tokenizer in the file.
    public var tokenizer: (any Tokenizer)? { switch self {} }
    /// What decides the model's answers.
    public var content: ModelContent? { switch self {} }
    /// What was noticed while the model was loaded.
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
    /// Whether a text can be cut at a place and its parts be read on their own.
    public func canCut(_ text: [UInt8], at place: Int) -> Bool { switch self {} }
    /// The control tokens that markup spells.
    public func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] { switch self {} }
    /// How many bytes of a text no token stands for.
    public func droppedCharacters(in text: [UInt8]) -> Int { switch self {} }
    /// Turns a text into tokens.
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
    /// The conversation as the model was taught to read one.
    public func prompt(for messages: [Message]) throws -> RenderedPrompt { switch self {} }
  }

  extension BackendError {
    /// What an initialiser throws that the compiler lets nobody call.
    fileprivate static func missingTrait(for file: String) -> BackendError {
      BackendError(
        .missingEngine, in: file, "this program was built without llama.cpp",
        remedy: "Build it with the package trait LlamaCpp.")
    }
  }
#endif
