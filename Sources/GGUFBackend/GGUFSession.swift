#if LlamaCpp
  import CLlamaShim
  import ModelBackends

  /// A conversation's state on a model: its keys and values, kept from one question to the next.
  actor GGUFSession: ModelSession {
    private let executor = EngineExecutor(label: "GGUF session")
    private let model: LlamaModel
    private let tokenizer: GGUFTokenizer
    private let contextLength: Int
    private let options: GGUFBackend.Options
    /// Made by ``prepare()``, on the session's own executor.
    private var context: LlamaContext?
    /// The tokens whose keys and values llama.cpp holds.
    private var cached: [TokenID] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(model: LlamaModel, tokenizer: GGUFTokenizer, contextLength: Int, options: GGUFBackend.Options) {
      self.model = model
      self.tokenizer = tokenizer
      self.contextLength = contextLength
      self.options = options
    }

    /// Reserves the session's memory.
    func prepare() throws {
      context = try LlamaContext(model, contextLength: contextLength, options: options)
    }

    func predict(after text: ContextText) async throws -> Prediction {
      let wanted = try tokens(of: text)
      guard let context else { preconditionFailure("A session is prepared before it is used.") }
      let plan = CachePlan(cached: cached, wanted: wanted)
      let kept = rollBack(to: plan.kept, in: context)
      let work = Prediction.Work(
        kept: kept, dropped: plan.kept + plan.dropped - kept, evaluated: wanted.count - kept)
      context.goOn()
      let logits = try await withTaskCancellationHandler {
        try evaluate(wanted[kept...], in: context)
      } onCancel: {
        context.stop()
      }
      return Prediction(logits: logits, work: work)
    }

    /// The tokens of a text, as many as the model can read.
    private func tokens(of text: ContextText) throws -> [TokenID] {
      let wanted = try tokenizer.encode(text)
      guard !wanted.isEmpty else {
        throw BackendError(
          .emptyPrompt, in: model.name, "there is no token to predict from", remedy: "Pass a prompt that is not empty.")
      }
      guard wanted.count <= contextLength else {
        throw BackendError(
          .contextOverflow, in: model.name,
          "the text has \(wanted.count) tokens and the session holds \(contextLength)",
          remedy: "Shorten the text, or raise contextLength in GGUFBackend.Options.")
      }
      if let stray = wanted.first(where: { !tokenizer.vocabulary.indices.contains($0) }) {
        throw BackendError(
          .invalidArgument, in: model.name, "token \(stray) is not in 0..<\(tokenizer.vocabulary.count)",
          remedy: "Pass answer tokens of this model's own vocabulary.")
      }
      return wanted
    }

    /// Drops cached tokens from a position on, all of them where the model cannot drop a part. Returns how many stay.
    private func rollBack(to position: Int, in context: LlamaContext) -> Int {
      if position == cached.count { return position }
      if position > 0, context.truncate(to: position) {
        cached.removeLast(cached.count - position)
        return position
      }
      context.clear()
      cached = []
      return 0
    }

    /// Evaluates tokens batch by batch; logits follow the last.
    private func evaluate(_ tokens: ArraySlice<TokenID>, in context: LlamaContext) throws -> [Float] {
      var rest = tokens
      while true {
        try Task.checkCancellation()
        let batch = rest.prefix(options.batchSize)
        rest = rest.dropFirst(batch.count)
        do {
          let logits = try context.evaluate(batch, at: cached.count, wantsLogits: rest.isEmpty)
          cached += batch
          if rest.isEmpty { return logits }
        } catch {
          // What llama.cpp holds after a failure is uncertain.
          context.clear()
          cached = []
          // A batch that was stopped fails; what the caller did comes before what the engine says about it.
          throw Task.isCancelled ? CancellationError() : error
        }
      }
    }
  }
#endif
