#if LlamaCpp
  import ModelBackends
  import Testing

  @testable import GGUFBackend

  @Suite("Stopping")
  struct StopTests {
    private func file() throws -> TemporaryFile { try TemporaryFile(TinyModel().transformer().bytes()) }

    @Test("An evaluation that is stopped fails, and leaves no trace in the next one")
    func evaluation() throws {
      let file = try file()
      let model = try LlamaModel(path: file.path)
      let options = GGUFBackend.Options(threads: 1)
      let tokens: [TokenID] = [1, 5, 6, 7]
      let stopped = try LlamaContext(model, contextLength: 32, options: options)
      stopped.stop()
      #expect(throws: BackendError.self) { try stopped.evaluate(tokens[...], outputs: [4]) }
      stopped.clear()
      stopped.goOn()
      let fresh = try LlamaContext(model, contextLength: 32, options: options)
      #expect(
        try stopped.evaluate(tokens[...], outputs: [4]).rows == fresh.evaluate(tokens[...], outputs: [4]).rows)
    }

    @Test("A cancelled task's session reports it and can be used again")
    func cancellation() async throws {
      let file = try file()
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1))
      let session = try await model.makeSession()
      let context = ContextText("the cat")
      await #expect(throws: CancellationError.self) {
        try await Task {
          withUnsafeCurrentTask { $0?.cancel() }
          return try await session.predict(after: context)
        }.value
      }
      let again = try await session.predict(after: context)
      #expect(again.logits == (try await model.makeSession().predict(after: context).logits))
    }
  }
#endif
