#if LlamaCpp
  import BackendSupport
  import ModelBackends
  import Testing

  @testable import GGUFBackend

  /// Continuations that are scored in one batch.
  @Suite("Trees")
  struct TreeTests {
    private static let texts = ["the cat", "the c", "the", "a the\n"]
    private static let continuations = ["at", " the", " cat", "a", " cat the", " c", "", " the cat\n", "xyz", "é"].map {
      Array($0.utf8)
    }

    private func compare(_ model: GGUFBackend, tolerance: Double) async throws {
      let session = try await model.makeSession()
      let scorer = ContinuationScorer(tokenizer: model.ggufTokenizer, vocabulary: model.vocabulary)
      var scored = 0
      for text in Self.texts {
        let context = ContextText(prompt: RenderedPrompt("the "), answer: Array(text.utf8))
        let before = try await session.predict(after: context)
        let scores = try #require(try await session.score(Self.continuations, after: context))
        let after = try await session.predict(after: context)
        #expect(after.logits == before.logits)
        let fresh = try await model.makeSession()
        let expected = try await scorer.score(Self.continuations, after: context, asking: fresh)
        for (one, other) in zip(scores.logProbabilities, expected.logProbabilities) {
          #expect((one == nil) == (other == nil))
          guard let one, let other else { continue }
          scored += 1
          #expect(one == other || abs(one - other) <= tolerance, "\(text): \(one) \(other)")
        }
        // The text continues, and nothing of the branches is left.
        let next = ContextText(prompt: RenderedPrompt("the "), answer: Array((text + " the cat").utf8))
        let used = try await session.predict(after: next)
        let own = try await model.makeSession().predict(after: next)
        let distance = zip(used.logits, own.logits).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? .infinity
        #expect(Double(distance) <= tolerance)
      }
      #expect(scored > 20)
    }

    @Test("Equal those of one evaluation after the other, and leave no trace", arguments: CacheTests.Memory.allCases)
    func batch(memory: CacheTests.Memory) async throws {
      let file = try memory.file()
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1))
      try await compare(model, tolerance: Double(memory.tolerance) * 10)
    }

    @Test("Of a text that a longer one is still held for are scored as by a fresh session", arguments: [1, 2, 3])
    func longerText(extra: Int) async throws {
      let file = try CacheTests.Memory.transformer.file()
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1))
      func context(_ answer: String) -> ContextText {
        ContextText(prompt: RenderedPrompt("the "), answer: Array(answer.utf8), healing: .off, reading: .continued)
      }
      let (text, longer) = (context("the cat"), context("the cat" + String(repeating: " the", count: extra)))
      let session = try await model.makeSession()
      _ = try await session.predict(after: text)
      _ = try await session.predict(after: longer)
      let scores = try #require(try await session.score(Self.continuations, after: text))
      let expected = try #require(try await model.makeSession().score(Self.continuations, after: text))
      #expect(scores.work.kept > 0)
      for (one, other) in zip(scores.logProbabilities, expected.logProbabilities) {
        #expect((one == nil) == (other == nil))
        if let one, let other { #expect(one == other || abs(one - other) <= 1e-3, "\(one) \(other)") }
      }
    }

    @Test("Are evaluated one after the other where the session is too short for a batch")
    func shortSession() async throws {
      let file = try CacheTests.Memory.transformer.file()
      let long = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1))
      let context = ContextText(prompt: RenderedPrompt("the cat"), answer: Array(" the c".utf8))
      let count = try #require(try await long.makeSession().tokenCount(of: context))
      let options = GGUFBackend.Options(threads: 1, contextLength: count + 2)
      let short = try GGUFBackend(file: file.path, options: options)
      let scores = try #require(try await short.makeSession().score(Self.continuations, after: context))
      let expected = try #require(try await long.makeSession().score(Self.continuations, after: context))
      var compared = 0
      for case (let one?, let other?) in zip(scores.logProbabilities, expected.logProbabilities) {
        compared += 1
        #expect(abs(one - other) <= 1e-3)
      }
      #expect(compared > 3)
    }

    @Test(
      "Of a bundled model equal those of one evaluation after the other",
      .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice),
      arguments: BundledModels.paths)
    func bundled(path: String) async throws {
      try await compare(try GGUFBackend(file: path), tolerance: 0.1)
    }
  }
#endif
