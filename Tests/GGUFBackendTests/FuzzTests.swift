#if LlamaCpp
  import FuzzSupport
  import GGUFBackend
  import LinearAlgebra
  import ModelBackends
  import Testing

  @Suite("Damaged GGUF files", .serialized)
  struct GGUFFuzzTests {
    /// Tokenizers of all the kinds that llama.cpp knows, without weights.
    static let tokenizers = [
      GGUFWriter(metadata: [("general.architecture", .string("llama"))] + TinyVocabulary().metadata),
      TinyTokenizers.bytePairs(
        merges: [("t", "h"), ("th", "e"), ("c", "a"), ("ca", "t"), ("\u{120}", "c")], controls: ["<|endoftext|>"]),
      TinyTokenizers.longestMatch(words: ["the", "cat", "12"], controls: ["<s>"]),
      TinyTokenizers.wordPieces(words: ["t", "h", "e", "the", "ca", "1", ","]),
      TinyTokenizers.unigram(words: ["t", "h", "e", "the", "ca", "1", ","]),
    ]

    @Test("A transformer computes or is an error that explains itself")
    func transformer() async {
      let vocabulary = TinyVocabulary(chatTemplate: "{{ '<|im_start|>' + message['role'] }}<|im_end|>")
      await fuzz(
        "gguf-transformer",
        models: [
          TinyModel(vocabulary: vocabulary, dimension: 16).transformer(),
          TinyModel(dimension: 16, isTied: true).transformer(),
          TinyModel(dimension: 16).positional(),
        ])
    }

    @Test("A model with other state than keys and values computes or is an error that explains itself")
    func recurrent() async {
      let model = TinyModel(dimension: 16)
      await fuzz("gguf-recurrent", models: [model.recurrent(), model.hybrid(), model.sliding(window: 4)])
    }

    @Test("A tokenizer without weights encodes texts or is an error that explains itself")
    func tokenizer() async {
      let fuzzing = Fuzzing("gguf-tokenizer", rounds: 100)
      let report = await fuzzing.run(
        on: Self.tokenizers.map { $0.bytes() }, as: .gguf, code: { ($0 as? BackendError)?.code.rawValue },
        read: { bytes, _ in
          try await withFile(bytes, named: "model.gguf") { file in try Self.read(GGUFTokenizer(file: file)) }
        })
      #expect(report.surprises.isEmpty)
      #expect(report.isTelling)
    }

    private func fuzz(_ name: String, models: [GGUFWriter]) async {
      let report = await Fuzzing(name, rounds: 100).run(
        on: models.map { $0.bytes() }, as: .gguf, code: { ($0 as? BackendError)?.code.rawValue },
        read: { bytes, round in
          try await withFile(bytes, named: "model.gguf") { file in
            // Mostly with one thread: several wait for each other by spinning, which would slow other tests.
            try await Self.use(GGUFBackend(file: file, options: .init(threads: round % 8 == 0 ? 2 : 1)))
          }
        })
      #expect(report.surprises.isEmpty)
      #expect(report.isTelling)
    }

    /// Uses a model as an ensemble does.
    private static func use(_ model: GGUFBackend) async throws {
      try read(model.ggufTokenizer)
      for side in EmbeddingSide.allCases {
        // A model may lack a table and still answer.
        guard let table = try? model.embeddings(side) else { continue }
        for rows in [0..<min(3, table.count), max(0, table.count - 3)..<table.count] {
          guard try table.rows(rows).elements.count == rows.count * table.dimension else {
            throw Fuzzing.Broken("a table of \(table.dimension) columns has rows of another length")
          }
        }
      }
      _ = try? model.chatTemplate?.prompt(for: [
        Message(role: .system, content: "a"), Message(role: .user, content: "b"),
      ])
      let session = try await model.makeSession()
      for text in ["the cat", "the cat c\u{e4}\nt", "the"] {
        let prediction = try await session.predict(after: ContextText(text))
        guard prediction.logits.count == model.vocabulary.count else {
          throw Fuzzing.Broken("\(prediction.logits.count) logits for \(model.vocabulary.count) tokens")
        }
      }
    }

    private static func read(_ tokenizer: GGUFTokenizer) throws {
      let text = Array("the cat, c\u{e4}t \u{1F642}</s>\n12".utf8) + [0xff]
      for isStart in [true, false] {
        let tokens = try tokenizer.encode(
          text, options: EncodingOptions(isStart: isStart, readsControlTokens: !isStart))
        guard tokens.allSatisfy(tokenizer.vocabulary.indices.contains) else {
          throw Fuzzing.Broken("tokens \(tokens) of \(tokenizer.vocabulary.count)")
        }
      }
    }
  }
#endif
