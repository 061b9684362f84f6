#if LlamaCpp
  import GGUFBackend
  import ModelBackends
  import Testing

  @Suite("Sessions")
  struct SessionTests {
    /// The maximum distance of a cached step's logits from those of a fresh session: batches of different lengths add
    /// up in a different order. The logits of these models are of the order of 1.
    static let tolerance: Float = 1e-4

    let file: TemporaryFile
    let model: GGUFBackend

    init() throws {
      file = try TemporaryFile(TinyModel().transformer().bytes())
      model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1))
    }

    @Test("A step from the cache has the logits of a fresh session")
    func growth() async throws {
      let session = try await model.makeSession()
      var context = ContextText("the cat")
      var total = 0
      for word in ["", " the", " cat", "\n", "é", " a"] {
        context.answer += Array(word.utf8)
        let cached = try await session.predict(after: context)
        let fresh = try await model.makeSession().predict(after: context)
        try expectClose(cached.logits, fresh.logits)
        #expect(fresh.work.kept == 0 && fresh.work.dropped == 0)
        #expect(cached.work.kept + cached.work.evaluated == fresh.work.evaluated)
        #expect(total == 0 || cached.work.kept > 0)
        total += cached.work.evaluated
      }
    }

    @Test("A changed tail is rolled back to the last whole pass before it, and what follows is evaluated")
    func rollback() async throws {
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1, batchSize: 4))
      let session = try await model.makeSession()
      let prompt = RenderedPrompt("the cat the cat")
      _ = try await session.predict(after: ContextText(prompt: prompt, answer: Array(" the the the".utf8)))
      let changed = ContextText(prompt: prompt, answer: Array(" cat".utf8))
      let cached = try await session.predict(after: changed)
      let fresh = try await model.makeSession().predict(after: changed)
      try expectClose(cached.logits, fresh.logits)
      #expect(cached.logits == fresh.logits)
      #expect(cached.work == Prediction.Work(kept: 4, dropped: 4, evaluated: 2))
      let unrelated = ContextText("a")
      let restarted = try await session.predict(after: unrelated)
      try expectClose(restarted.logits, try await model.makeSession().predict(after: unrelated).logits)
    }

    @Test("The same text again evaluates nothing")
    func repetition() async throws {
      let session = try await model.makeSession()
      let context = ContextText("the cat")
      let first = try await session.predict(after: context)
      let second = try await session.predict(after: context)
      #expect(second.work == Prediction.Work(kept: first.work.evaluated))
      #expect(first.logits == second.logits)
    }

    @Test("A text is counted without evaluating it, and refused as a prediction would be")
    func counting() async throws {
      let session = try await model.makeSession()
      let context = ContextText("the cat")
      let count = try await session.tokenCount(of: context)
      #expect(count == 3)
      let prediction = try await session.predict(after: context)
      #expect(prediction.work == Prediction.Work(evaluated: 3) && prediction.unknownTokens == 0)
      let long = ContextText(String(repeating: " the cat", count: 100))
      await expectError(.contextOverflow) { _ = try await session.tokenCount(of: long) }
      let stray = ContextText(prompt: RenderedPrompt("the"), answerTokens: [-1])
      await expectError(.invalidArgument) { _ = try await session.tokenCount(of: stray) }
      let unknown = ContextText(prompt: RenderedPrompt("the"), answerTokens: [0, 5, 0])
      #expect(try await session.predict(after: unknown).unknownTokens == 2)
    }

    @Test("In a conversation a question reads the last answer again and at most a pass before it")
    func conversation() async throws {
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1, batchSize: 4))
      let session = try await model.makeSession()
      var prompt = "the cat the cat the cat the"
      for _ in 0..<3 {
        let answer = " a cat a"
        var context = ContextText(prompt: RenderedPrompt(prompt), healing: .off)
        let count = try #require(try await session.tokenCount(of: context))
        for word in ["", " a", " cat", " a"] {
          context.answer += Array(word.utf8)
          _ = try await session.predict(after: context)
        }
        prompt += answer + " the"
        let next = ContextText(prompt: RenderedPrompt(prompt), healing: .off)
        let used = try await session.predict(after: next)
        #expect(used.work.kept == count / 4 * 4 && used.work.kept > 0)
        #expect(used.logits == (try await model.makeSession().predict(after: next).logits))
      }
    }

    @Test("A prompt longer than a batch has the logits of one that fits")
    func batches() async throws {
      let small = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1, batchSize: 4))
      let context = ContextText("the cat the cat the cat the cat the")
      let pieces = try await small.makeSession().predict(after: context)
      let whole = try await model.makeSession().predict(after: context)
      #expect(pieces.work.evaluated > 4)
      try expectClose(pieces.logits, whole.logits)
    }

    @Test("Sessions of one model do not disturb each other")
    func concurrency() async throws {
      let texts = ["the cat", "a cat", "the the a", "cat cat cat cat"]
      var expected: [[Float]] = []
      for text in texts { expected.append(try await model.makeSession().predict(after: ContextText(text)).logits) }
      let all = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
        for (index, text) in texts.enumerated() {
          group.addTask { [model] in
            let session = try await model.makeSession()
            var logits: [Float] = []
            for _ in 0..<5 { logits = try await session.predict(after: ContextText(text)).logits }
            return (index, logits)
          }
        }
        return try await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
      }
      for index in texts.indices { try expectClose(try #require(all[index]), expected[index]) }
    }

    @Test("A session can be used again after a text that was too long")
    func overflow() async throws {
      let session = try await model.makeSession()
      let before = try await session.predict(after: ContextText("the cat"))
      let long = String(repeating: " the cat", count: 100)
      await expectError(.contextOverflow) { _ = try await session.predict(after: ContextText(long)) }
      let stray = ContextText(prompt: RenderedPrompt("the"), answer: [], answerTokens: [model.vocabulary.count])
      await expectError(.invalidArgument) { _ = try await session.predict(after: stray) }
      try expectClose(try await session.predict(after: ContextText("the cat")).logits, before.logits)
    }

    @Test("A text of exactly the context's length fits")
    func fullContext() async throws {
      let limit = try #require(model.contextLength)
      let session = try await model.makeSession()
      let context = ContextText(prompt: RenderedPrompt(""), answerTokens: Array(repeating: 5, count: limit - 1))
      #expect(try await session.predict(after: context).work.evaluated == limit)
    }

    @Test("Without a beginning-of-text token an empty prompt has nothing to predict from")
    func emptyPrompt() async throws {
      var writer = TinyModel().transformer()
      writer.metadata.append(("tokenizer.ggml.add_bos_token", .bool(false)))
      let file = try TemporaryFile(writer.bytes())
      let model = try GGUFBackend(file: file.path)
      let session = try await model.makeSession()
      await expectError(.emptyPrompt) { _ = try await session.predict(after: ContextText("")) }
      // With one, the model predicts the first token of a text.
      let begun = try await self.model.makeSession().predict(after: ContextText(""))
      #expect(begun.work.evaluated == 1 && begun.logits.count == self.model.vocabulary.count)
    }

    @Test("A cancelled task stops before it evaluates")
    func cancellation() async throws {
      let session = try await model.makeSession()
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await session.predict(after: ContextText("the cat"))
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try await session.predict(after: ContextText("the cat")).work.kept == 0)
    }

    @Test("Cache types and flash attention change logits little", arguments: GGUFBackend.Options.CacheType.allCases)
    func cacheTypes(type: GGUFBackend.Options.CacheType) async throws {
      let file = try TemporaryFile(TinyModel(dimension: 64).transformer().bytes())
      let exact = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1))
      let options = GGUFBackend.Options(threads: 1, cacheType: type, usesFlashAttention: true)
      let other = try GGUFBackend(file: file.path, options: options)
      let context = ContextText("the cat the cat")
      let expected = try await exact.makeSession().predict(after: context).logits
      let logits = try await other.makeSession().predict(after: context).logits
      let span = try #require(expected.max()) - (try #require(expected.min()))
      let distance = zip(logits, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(distance <= span * (type == .q4 ? 0.3 : 0.03))
    }

    private func expectClose(
      _ logits: [Float], _ expected: [Float], tolerance: Float = tolerance,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      try #require(logits.count == expected.count && !logits.isEmpty, sourceLocation: sourceLocation)
      let distance = zip(logits, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(distance <= tolerance, sourceLocation: sourceLocation)
      #expect(Set(expected).count > 1, sourceLocation: sourceLocation)
    }
  }

  /// Expects a `BackendError` with a code.
  func expectError(
    _ code: BackendError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
  ) async {
    let error = await #expect(throws: BackendError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
    #expect(error?.problem.isEmpty == false && error?.remedy.isEmpty == false, sourceLocation: sourceLocation)
  }
#endif
