#if LlamaCpp
  import BackendSupport
  import ModelBackends
  import Testing

  @testable import GGUFBackend

  /// A session's cache changes no answer: within an answer by no more than rounding; ``HistoryTests`` compares requests
  /// before the answer bit for bit.
  @Suite("Caches")
  struct CacheTests {
    /// The kinds of memory that models have.
    enum Memory: String, CaseIterable, Sendable {
      case transformer, sliding, recurrent, hybrid

      /// The maximum distance of logits for the same text. Single precision throughout: only the order of sums differs.
      /// The exception is the gemma family's GELU, which ggml looks up in a table of half precision: a difference in
      /// the last bit can become one of a rounding step there.
      var tolerance: Float { self == .sliding ? 5e-3 : 1e-4 }

      func file(_ tiny: TinyModel = TinyModel(contextLength: 256)) throws -> TemporaryFile {
        switch self {
        case .transformer: try TemporaryFile(tiny.transformer().bytes())
        case .sliding: try TemporaryFile(tiny.sliding(window: 6).bytes())
        case .recurrent: try TemporaryFile(tiny.recurrent().bytes())
        case .hybrid: try TemporaryFile(tiny.hybrid().bytes())
        }
      }
    }

    private static let options = GGUFBackend.Options(threads: 1)

    /// A text that grows, shrinks and changes at random, in the middle of characters too.
    private func states(_ count: Int, seed: UInt64) -> [[UInt8]] {
      var random = SeededRandom(seed: seed)
      let pieces = ["the", " the", " cat", " c", "at", "a", "\n", "é", "🙂", " ", "t", "he", " ca"].map {
        Array($0.utf8)
      }
      var text: [UInt8] = []
      return (0..<count).map { _ in
        switch Int.random(in: 0..<8, using: &random) {
        case 0: text.removeLast(min(text.count, Int.random(in: 0...12, using: &random)))
        case 1 where !text.isEmpty:
          let index = Int.random(in: max(0, text.count - 20)..<text.count, using: &random)
          text[index] = Array("thea c".utf8)[Int.random(in: 0..<6, using: &random)]
        case 2:
          let piece = pieces[Int.random(in: pieces.indices, using: &random)]
          text += piece.prefix(Int.random(in: 1...piece.count, using: &random))
        default:
          for _ in 0..<Int.random(in: 1...4, using: &random) {
            text += pieces[Int.random(in: pieces.indices, using: &random)]
          }
        }
        return text
      }
    }

    /// The distance of two answers; tokens that are impossible in both count as equal.
    private func distance(_ first: [Float], _ second: [Float]) -> Float {
      guard first.count == second.count else { return .infinity }
      return zip(first, second).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? .infinity
    }

    @Test("A used session answers as a fresh one", arguments: Memory.allCases, [TokenHealing.off, .standard])
    func exactness(memory: Memory, healing: TokenHealing) async throws {
      let file = try memory.file()
      let model = try GGUFBackend(file: file.path, options: Self.options)
      for seed in 0..<3 {
        let session = try await model.makeSession()
        for answer in states(30, seed: UInt64(seed)) {
          let context = ContextText(prompt: RenderedPrompt("the cat"), answer: answer, healing: healing)
          let used = try await session.predict(after: context)
          let fresh = try await model.makeSession().predict(after: context)
          try #require(distance(used.logits, fresh.logits) <= memory.tolerance, "seed \(seed), \(answer)")
          #expect(used.work.kept + used.work.evaluated == fresh.work.evaluated)
        }
      }
    }

    /// Each type of cached keys and values, the maximum distance of a used session's logits from a fresh one's, and
    /// whether it needs flash attention.
    static let cacheTypes: [(GGUFBackend.Options.CacheType, Float, Bool)] = [
      (.float32, 1e-4, false), (.float16, 1e-2, false), (.bfloat16, 1e-2, false), (.float32, 5e-2, true),
      (.float16, 5e-2, true), (.q8, 5e-2, true), (.q4, 5e-2, true),
    ]

    @Test("A used session answers as a fresh one with every type of cache", arguments: cacheTypes)
    func cacheType(type: GGUFBackend.Options.CacheType, tolerance: Float, isFlash: Bool) async throws {
      let file = try Memory.transformer.file(TinyModel(dimension: 64, contextLength: 256))
      let options = GGUFBackend.Options(threads: 1, cacheType: type, usesFlashAttention: isFlash)
      let model = try GGUFBackend(file: file.path, options: options)
      let session = try await model.makeSession()
      for answer in states(40, seed: 5) {
        let context = ContextText(prompt: RenderedPrompt("the cat"), answer: answer)
        let used = try await session.predict(after: context)
        let fresh = try await model.makeSession().predict(after: context)
        try #require(distance(used.logits, fresh.logits) <= tolerance, "\(answer)")
      }
    }

    // Quantised matrices turn a difference in the order of a sum into one of a rounding step.
    @Test(
      "A used session of a bundled model answers as a fresh one",
      .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice),
      arguments: BundledModels.paths, [TokenHealing.off, .standard])
    func bundled(path: String, healing: TokenHealing) async throws {
      let model = try GGUFBackend(file: path)
      let session = try await model.makeSession()
      for answer in states(12, seed: 3) {
        let context = ContextText(prompt: RenderedPrompt("Question: What is"), answer: answer, healing: healing)
        let used = try await session.predict(after: context)
        let fresh = try await model.makeSession().predict(after: context)
        try #require(distance(used.logits, fresh.logits) <= 5e-2, "\(answer)")
      }
    }

    @Test("Without healing the logits are the model's own, bit for bit", arguments: [Memory.transformer, .sliding])
    func raw(memory: Memory) async throws {
      let file = try memory.file()
      let model = try GGUFBackend(file: file.path, options: Self.options)
      let engine = try LlamaModel(path: file.path)
      for answer in states(12, seed: 4) {
        let context = ContextText(prompt: RenderedPrompt("the"), answer: answer, healing: .off)
        let tokens = try model.ggufTokenizer.encode(context)
        let own = try LlamaContext(engine, contextLength: 256, options: Self.options)
        let logits = try own.evaluate(tokens[...], outputs: [tokens.count]).rows
        #expect(try await model.makeSession().predict(after: context).logits == logits[0])
      }
    }

    @Test("Healing changes what it should, and nothing where no token goes on", arguments: Memory.allCases)
    func healing(memory: Memory) async throws {
      let file = try memory.file()
      let model = try GGUFBackend(file: file.path, options: Self.options)
      let healer = TokenHealer(model.vocabulary)
      var healed = 0
      for answer in states(40, seed: 5) {
        var context = ContextText(prompt: RenderedPrompt("the"), answer: answer)
        let answered = try await model.makeSession().predict(after: context).logits
        context.healing = .off
        let own = try await model.makeSession().predict(after: context).logits
        var reader = ContextReader(model.ggufTokenizer)
        let text = try reader.read(context)
        let boundaries = healer.boundaries(of: text, healing: .standard)
        if boundaries.count == 1 {
          #expect(answered == own)
          continue
        }
        healed += 1
        var logits: [Int: [Float]] = [:]
        for count in boundaries {
          let start = ContextText(
            prompt: RenderedPrompt(parts: []), answerTokens: Array(text.tokens[..<count]), healing: .off)
          logits[count] = try await model.makeSession().predict(after: start).logits
        }
        let expected = try healer.heal(text, boundaries: boundaries) { logits[$0] ?? [] }
        #expect(distance(answered, expected) <= memory.tolerance)
        #expect(distance(answered, own) > 1e-2)
      }
      #expect(healed > 4)
    }

    @Test("Cached tokens are not evaluated again; a changed prompt is evaluated from its last whole pass")
    func known() async throws {
      let file = try Memory.transformer.file()
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1, batchSize: 4))
      let session = try await model.makeSession()
      let short = ContextText(prompt: RenderedPrompt(parts: []), answerTokens: [5, 6, 7, 8, 9, 10], healing: .off)
      let first = try await session.predict(after: short)
      #expect(first.work.kept == 0 && first.work.evaluated >= 6)
      let count = first.work.evaluated
      let again = try await session.predict(after: short)
      #expect(again.work == Prediction.Work(kept: count) && again.logits == first.logits)
      var long = short
      long.answerTokens? += [11]
      #expect(try await session.predict(after: long).work == Prediction.Work(kept: count, evaluated: 1))
      let back = try await session.predict(after: short)
      #expect(back.work == Prediction.Work(kept: 4, dropped: count - 3, evaluated: count - 4))
      #expect(back.logits == first.logits)
    }
  }
#endif
