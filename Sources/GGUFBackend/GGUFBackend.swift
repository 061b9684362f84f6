#if LlamaCpp
  import BackendSupport
  import CLlamaShim
  import Dispatch
  public import ModelBackends

  /// A model in a GGUF file, run by llama.cpp.
  ///
  /// ```swift
  /// import ModelBackends
  ///
  /// let model = try await GGUFBackend.load("model.gguf")
  /// let session = try await model.makeSession()
  /// let prediction = try await session.predict(after: ContextText("The capital of France is"))
  /// ```
  ///
  /// The weights are mapped into memory once and shared by all sessions. Every file that the installed llama.cpp loads
  /// is supported, if it continues texts and has a tokenizer.
  public final class GGUFBackend: ModelBackend {
    /// The file's name without its folder and suffix; where that is generic, such as `model.gguf`, its folder's.
    public let name: String
    /// The maximum number of tokens in a session.
    public let contextLength: Int?
    /// Warnings that large matrices of the file are zeros, as where a download was not completed.
    public let warnings: [BackendWarning]
    /// The chat template in the file, if there is one.
    public let chatTemplate: (any PromptTemplate)?
    /// The tokenizer in the file.
    public let ggufTokenizer: GGUFTokenizer
    /// The options that the model runs with.
    public let options: Options
    private let model: LlamaModel
    private let healer: TokenHealer
    private let sessionLength: Int

    /// Loads a model. Blocks until it is loaded; ``load(_:options:)`` does not.
    ///
    /// - Throws: `BackendError` where the file is missing, truncated, not GGUF or not of a kind that llama.cpp runs, or
    ///   an option cannot be used.
    public init(file: String, options: Options = Options()) throws {
      try options.validate()
      model = try LlamaModel(path: file, gpuLayers: options.gpuLayers)
      ggufTokenizer = try GGUFTokenizer(model)
      healer = TokenHealer(ggufTokenizer.vocabulary, name: model.name)
      name = model.name
      let zeros = String(cString: deepen_llama_blank_matrices(model.handle)).split(separator: ", ").map(String.init)
      warnings = BackendWarning(in: file, zeroMatrices: zeros).map { [$0] } ?? []
      chatTemplate = GGUFTemplate(model, vocabulary: ggufTokenizer.vocabulary)
      let trained = Int(deepen_llama_training_context(model.handle))
      sessionLength = options.contextLength ?? min(trained > 0 ? trained : 4096, 4096)
      contextLength = sessionLength
      self.options = options
      if sessionLength > trained { try checkPositions(upTo: sessionLength) }
    }

    /// Throws where a session would be longer than the number of positions that the model has: llama.cpp would end the
    /// process there.
    private func checkPositions(upTo length: Int) throws {
      let table: GGUFEmbeddings
      do {
        table = try GGUFEmbeddings(file: model.path, tensor: "position_embd.weight")
      } catch let error as BackendError where error.code == .noEmbeddings {
        return
      }
      guard length > table.count else { return }
      throw BackendError(
        .invalidArgument, in: "GGUFBackend.Options.contextLength",
        "\(length) is more than the \(table.count) positions that \(name) has learnt",
        remedy: "Choose a value up to \(table.count).")
    }

    /// Loads a model off the cooperative pool.
    ///
    /// - Throws: `BackendError`, as ``init(file:options:)`` does.
    public static func load(_ file: String, options: Options = Options()) async throws -> GGUFBackend {
      try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global(qos: .userInitiated).async {
          continuation.resume(with: Result { try GGUFBackend(file: file, options: options) })
        }
      }
    }

    /// The path of the model.
    var file: String { model.path }

    /// The model's tokens in bytes.
    public var vocabulary: Vocabulary { ggufTokenizer.vocabulary }

    /// The tokenizer in the file.
    public var tokenizer: (any Tokenizer)? { ggufTokenizer }

    /// A table of token vectors, read from the file through a memory map.
    ///
    /// - Throws: `BackendError` where the file has no such table, or one with fewer rows than the model has tokens.
    public func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable {
      let table = try GGUFEmbeddings(file: model.path, side: side)
      guard table.count >= vocabulary.count else {
        throw BackendError(
          .invalidFile, in: model.path,
          "its table of \(side.rawValue) embeddings has \(table.count) rows for \(vocabulary.count) tokens",
          remedy: "Download or convert the model again.")
      }
      return table
    }

    /// Starts a session, which reserves memory for its keys and values.
    ///
    /// Before a model's first session, three tokens are computed on one thread: a file with which llama.cpp cannot
    /// compute is an error then, and would end the process later.
    ///
    /// - Throws: `BackendError` where there is not enough memory, or an option cannot be used with this model.
    public func makeSession() async throws -> any ModelSession {
      try await TextSession(of: self, tokenizer: ggufTokenizer, healer: healer) { [model, sessionLength, options] in
        try LlamaEvaluator(model, contextLength: sessionLength, options: options)
      }
    }
  }
#endif
