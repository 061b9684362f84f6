#if LlamaCpp
  import BackendSupport
  import GGUFBackend
  import ModelBackends
  import Testing

  /// The work of a long answer, in which a member reads another one's text.
  @Suite("Growth")
  struct GrowthTests {
    /// The cost of reading a growing text.
    private struct Reading {
      /// Tokens that were evaluated.
      var evaluated = 0
      /// Tokens that are new or changed, and must be evaluated.
      var changed = 0
      /// Tokens at the end.
      var tokens = 0
    }

    private func read(
      _ pieces: [[UInt8]], after prompt: RenderedPrompt, in model: GGUFBackend, healing: TokenHealing = .standard
    ) async throws -> Reading {
      let session = try await model.makeSession()
      var context = ContextText(prompt: prompt, healing: healing)
      var reading = Reading()
      var before: [TokenID] = []
      for piece in pieces {
        context.answer += piece
        let tokens = try model.ggufTokenizer.encode(context)
        reading.changed += tokens.count - zip(tokens, before).prefix { $0 == $1 }.count
        reading.evaluated += try await session.predict(after: context).work.evaluated
        reading.tokens = tokens.count
        before = tokens
      }
      return reading
    }

    @Test(
      "An assistant evaluates little more than its own tokens",
      .enabled(if: BundledModels.paths.count > 1, BundledModels.advice),
      arguments: [(0, 1), (1, 0)], [TokenHealing.off, .standard])
    func bundled(pair: (writer: Int, reader: Int), healing: TokenHealing) async throws {
      let writer = try GGUFTokenizer(file: BundledModels.paths[pair.writer])
      let model = try GGUFBackend(file: BundledModels.paths[pair.reader])
      let prompt = RenderedPrompt("Question: Why?\nAnswer:")
      var texts = HardTexts(seed: 7)
      let answer = try writer.encode(texts.prose(words: 600), options: EncodingOptions(isStart: false))
      var pieces = answer.prefix(400).map { Array(writer.vocabulary.bytes(of: $0)) }
      // As much of it as the model can read.
      let limit = try #require(model.contextLength)
      while try model.ggufTokenizer.encode(ContextText(prompt: prompt, answer: pieces.flatMap(\.self))).count > limit {
        pieces.removeLast()
      }
      try #require(pieces.count > 150)
      let reading = try await read(pieces, after: prompt, in: model, healing: healing)
      #expect(reading.evaluated * 10 <= reading.tokens * 13, "\(reading)")
      #expect(reading.evaluated * 10 <= reading.changed * 11, "\(reading)")
    }

    @Test(
      "Character by character an assistant evaluates what changes, once",
      .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice))
    func characters() async throws {
      let model = try GGUFBackend(file: BundledModels.paths[0])
      var texts = HardTexts(seed: 8)
      let pieces = texts.prose(words: 60).map { [$0] }
      let reading = try await read(pieces, after: RenderedPrompt("Question: Why?\nAnswer:"), in: model)
      #expect(reading.changed > reading.tokens)
      #expect(reading.evaluated * 10 <= reading.changed * 11, "\(reading)")
    }

    @Test("A state that cannot be truncated costs no more than one that can", arguments: CacheTests.Memory.allCases)
    func snapshots(memory: CacheTests.Memory) async throws {
      let file = try memory.file()
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1))
      // Each word comes in two parts; the first is a token of its own until the second arrives.
      let pieces = (0..<60).flatMap { _ in [" t", "he"] }.map { Array($0.utf8) }
      let reading = try await read(pieces, after: RenderedPrompt("the cat the cat the cat"), in: model)
      #expect(reading.changed > 120)
      #expect(reading.evaluated * 10 <= reading.changed * 13, "\(reading)")
    }

    @Test("A text goes back to the last whole pass of which the state is kept, or to its start", arguments: [24, 8, 2])
    func startOver(words: Int) async throws {
      let file = try CacheTests.Memory.recurrent.file()
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1, batchSize: 4))
      let session = try await model.makeSession()
      func context(_ words: Int, _ end: String) -> ContextText {
        ContextText(String(repeating: " the", count: words) + end, healing: .off)
      }
      let long = try await session.predict(after: context(25, " cat")).work
      #expect(long.dropped == 0 && long.kept == 0)
      let changed = try await session.predict(after: context(words, " a cat")).work
      #expect(changed.kept + changed.dropped == long.evaluated)
      let (before, after) = (
        try model.ggufTokenizer.encode(context(25, " cat")), try model.ggufTokenizer.encode(context(words, " a cat"))
      )
      let common = zip(before, after).prefix { $0 == $1 }.count
      // States are kept after the last four whole passes, but not after one that holds the last four tokens.
      #expect(changed.kept == (words == 24 ? common / 4 * 4 : 0), "\(changed), \(common) of \(before.count)")
    }
  }
#endif
