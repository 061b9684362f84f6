#if LlamaCpp
  import LinearAlgebra
  import ModelBackends

  /// A conversation's state on a model: its keys and values, kept from one question to the next.
  actor GGUFSession: ModelSession {
    private let executor = EngineExecutor(label: "GGUF session")
    private let model: LlamaModel
    private let healer: TokenHealer
    private let contextLength: Int
    private let options: GGUFBackend.Options
    private var reader: ContextReader
    /// Made by ``prepare()``, on the session's own executor.
    private var sequence: LlamaSequence?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(
      model: LlamaModel, tokenizer: GGUFTokenizer, healer: TokenHealer, contextLength: Int,
      options: GGUFBackend.Options
    ) {
      self.model = model
      self.healer = healer
      self.contextLength = contextLength
      self.options = options
      reader = ContextReader(tokenizer)
    }

    /// Reserves the session's memory.
    func prepare() throws {
      let context = try LlamaContext(model, contextLength: contextLength, options: options)
      sequence = LlamaSequence(context, batchSize: options.batchSize)
    }

    func tokenCount(of context: ContextText) async throws -> Int? {
      try read(context).tokens.count
    }

    func predict(after context: ContextText) async throws -> Prediction {
      let text = try read(context)
      guard let sequence else { preconditionFailure("A session is prepared before it is used.") }
      let boundaries = healer.boundaries(of: text, healing: context.healing)
      let engine = sequence.context
      engine.goOn()
      // This stays on the session's own thread: nothing between here and the end lets go of it.
      let work = try await withTaskCancellationHandler {
        try sequence.read(text.tokens, needed: boundaries)
      } onCancel: {
        engine.stop()
      }
      let vocabulary = reader.tokenizer.vocabulary
      return Prediction(
        logits: try heal(text, boundaries, sequence.recent), work: work,
        unknownTokens: text.tokens.count { vocabulary.kind(of: $0) == .unknown })
    }

    /// The tokens of a text, as many as the model can read.
    private func read(_ context: ContextText) throws -> ContextTokens {
      let text = try reader.read(context)
      let count = text.tokens.count
      guard count > 0 else {
        throw BackendError(
          .emptyPrompt, in: model.name, "there is no token to predict from", remedy: "Pass a prompt that is not empty.")
      }
      guard count <= contextLength else {
        throw BackendError(
          .contextOverflow, in: model.name, "the text has \(count) tokens and the session holds \(contextLength)",
          remedy: "Shorten the text, or raise contextLength in GGUFBackend.Options.")
      }
      let indices = reader.tokenizer.vocabulary.indices
      if let stray = text.tokens.first(where: { !indices.contains($0) }) {
        throw BackendError(
          .invalidArgument, in: model.name, "token \(stray) is not in \(indices)",
          remedy: "Pass answer tokens of this model's own vocabulary.")
      }
      return text
    }

    /// The healed logits of a text whose needed logits are known.
    private func heal(
      _ text: ContextTokens, _ boundaries: ClosedRange<Int>, _ recent: RecentLogits
    ) throws -> [Float] {
      do {
        return try healer.heal(text, boundaries: boundaries) { count in
          guard let logits = recent[count] else { preconditionFailure("Logits after \(count) tokens are not known.") }
          return logits
        }
      } catch let error as LinearAlgebraError {
        throw BackendError(
          .engineFailure, in: model.name, "cannot be healed: \(error.problem)",
          remedy: "Check the model's file, or turn healing off.")
      }
    }
  }
#endif
