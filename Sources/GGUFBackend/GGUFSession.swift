#if LlamaCpp
  import ModelBackends

  /// A conversation's state on a model: its keys and values, kept from one question to the next.
  actor GGUFSession: ModelSession {
    private let executor = EngineExecutor(label: "GGUF session")
    private let model: LlamaModel
    private let healer: TokenHealer
    private let contextLength: Int
    private let options: GGUFBackend.Options
    private var reader: ContextReader
    private var reading: PromptReading
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
      reading = PromptReading(stride: options.batchSize)
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
        try sequence.read(text.tokens, of: context, needed: boundaries)
      } onCancel: {
        engine.stop()
      }
      let vocabulary = reader.tokenizer.vocabulary
      return Prediction(
        logits: try healer.heal(text, boundaries: boundaries) { sequence.logits(after: $0) }, work: work,
        unknownTokens: text.tokens.count { vocabulary.kind(of: $0) == .unknown }
          + reader.tokenizer.droppedCharacters(in: context))
    }

    func score(_ continuations: [[UInt8]], after context: ContextText) async throws -> ContinuationScores? {
      _ = try read(context)
      guard let sequence else { preconditionFailure("A session is prepared before it is used.") }
      let plan = try ContinuationPlan(
        continuations, after: context, reader: reader, healer: healer, vocabulary: reader.tokenizer.vocabulary,
        contextLength: contextLength)
      let engine = sequence.context
      engine.goOn()
      return try await withTaskCancellationHandler {
        let read = try sequence.read(plan.tree.trunk, of: context, needed: plan.boundaries)
        let trunk = Dictionary(uniqueKeysWithValues: plan.boundaries.map { ($0, sequence.logits(after: $0)) })
        let (nodes, work) = try sequence.evaluate(plan.tree, contextLength: contextLength)
        let scores = try plan.logProbabilities(trunk: { trunk[$0] ?? [] }, nodes: nodes)
        return ContinuationScores(logProbabilities: scores, work: read + work)
      } onCancel: {
        engine.stop()
      }
    }

    func promptScore(of prompt: RenderedPrompt) async throws -> PromptScore? {
      let context = ContextText(prompt: prompt)
      let text = try read(context)
      guard let sequence else { preconditionFailure("A session is prepared before it is used.") }
      let vocabulary = reader.tokenizer.vocabulary
      guard let needed = reading.begin(text.tokens) else {
        return reading.score(of: text, vocabulary: vocabulary, work: Prediction.Work())
      }
      let engine = sequence.context
      engine.goOn()
      return try await withTaskCancellationHandler {
        let work = try sequence.readAll(text.tokens, of: context, needed: needed) { logits, count in
          try self.reading.note(logits, after: count)
        }
        reading.end(whole: sequence.wholePasses)
        return reading.score(of: text, vocabulary: vocabulary, work: work)
      } onCancel: {
        engine.stop()
      }
    }

    /// The tokens of a text, as many as the model can read.
    private func read(_ context: ContextText) throws -> ContextTokens {
      let text = try reader.read(context)
      try text.check(for: model.name, vocabulary: reader.tokenizer.vocabulary, contextLength: contextLength)
      return text
    }
  }
#endif
