#if LlamaCpp
  import DeePEn
  import Foundation
  import GGUFBackend
  import ONNXBackend
  import Testing

  /// Cancellation while an engine computes: one batch of thousands of tokens, so that only the engine itself can end it
  /// early. Without that, the session would answer.
  @Suite(
    "An engine in the middle of a computation",
    .enabled(if: BundledEnsemble.isAvailable, BundledEnsemble.advice), .timeLimit(.minutes(20)))
  struct InterruptionTests {
    private static let length = 4096

    @Test("Stops when the task is cancelled, and answers again", arguments: ["atlas", "scholar"])
    func stops(name: String) async throws {
      let backend: any ModelBackend
      if name == "atlas" {
        backend = try GGUFBackend(
          file: BundledEnsemble.models.appending(path: "atlas/atlas.gguf").path,
          options: .init(threads: 1, contextLength: Self.length, batchSize: Self.length))
      } else {
        var options = ONNXBackend.Options(threads: 1, contextLength: Self.length)
        options.tokensPerRun = Self.length
        backend = try ONNXBackend(folder: BundledEnsemble.models.appending(path: "scholar").path, options: options)
      }
      let session = try await backend.makeSession()
      let before = try await session.predict(after: ContextText("Question: What"))
      let tokens = Array(backend.vocabulary.textTokens.prefix(Self.length - 8))
      let long = ContextText(prompt: RenderedPrompt("x"), answerTokens: tokens)
      let task = Task { try await session.predict(after: long) }
      try await Task.sleep(for: .milliseconds(50))
      task.cancel()
      let result = await task.result
      #expect(throws: CancellationError.self) { try result.get() }
      let after = try await session.predict(after: ContextText("Question: What"))
      #expect(zip(before.logits, after.logits).allSatisfy { abs($0 - $1) < 5e-2 })
    }
  }
#endif
