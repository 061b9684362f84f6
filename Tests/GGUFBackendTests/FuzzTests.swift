#if LlamaCpp
  import FuzzSupport
  import GGUFBackend
  import LinearAlgebra
  import ModelBackends
  import Testing

  @Suite("Damaged GGUF files", .serialized)
  struct GGUFFuzzTests {
    @Test("A transformer answers or says what is wrong")
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

    @Test("A recurrent model answers or says what is wrong")
    func recurrent() async {
      await fuzz("gguf-recurrent", models: [TinyModel(dimension: 16).recurrent()])
    }

    @Test("A tokenizer without weights reads texts or says what is wrong")
    func tokenizer() async {
      let fuzzing = Fuzzing("gguf-tokenizer", rounds: 150)
      let report = await fuzzing.run(
        on: TinyTokenizers.all.map { $0.bytes() }, as: .gguf, code: { ($0 as? BackendError)?.code.rawValue },
        read: { bytes, _ in
          try await withFile(bytes, named: "model.gguf") { file in try Self.read(GGUFTokenizer(file: file)) }
        })
      #expect(report.surprises.isEmpty)
      #expect(report.isTelling)
    }

    private func fuzz(_ name: String, models: [GGUFWriter]) async {
      let report = await Fuzzing(name, rounds: 150).run(
        on: models.map { $0.bytes() }, as: .gguf, code: { ($0 as? BackendError)?.code.rawValue },
        read: { bytes, round in
          try await withFile(bytes, named: "model.gguf") { file in
            // Mostly with one thread: more of them wait for each other by spinning, which other tests would feel.
            try await Self.use(GGUFBackend(file: file, options: .init(threads: round % 8 == 0 ? 2 : 1)))
          }
        })
      #expect(report.surprises.isEmpty)
      #expect(report.isTelling)
    }

    /// Does with a model what an ensemble does.
    private static func use(_ model: GGUFBackend) async throws {
      try read(model.tokenizer)
      for side in EmbeddingSide.allCases {
        // A model may lack a table and answer all the same.
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

  /// Tokenizers of all the kinds that llama.cpp knows, without models.
  enum TinyTokenizers {
    static let all = [sentencePiece, byteLevel, wordPiece, unigram, world]

    private static let words = ["t", "h", "e", "c", "a", "th", "the", "ca", "cat", "1", "2", ",", "\u{e4}"]

    private static var sentencePiece: GGUFWriter {
      GGUFWriter(metadata: [("general.architecture", .string("llama"))] + TinyVocabulary().metadata)
    }

    private static var byteLevel: GGUFWriter {
      // GPT-2 spells bytes with printable letters.
      let printable = Array(33...126) + Array(161...172) + Array(174...255)
      let letters = (0...255).map { byte in
        let place = (0..<byte).count { !printable.contains($0) }
        return String(Character(Unicode.Scalar(printable.contains(byte) ? UInt32(byte) : 256 + UInt32(place))!))
      }
      return file(
        "gpt2", letters + ["th", "the", "ca", "cat", "\u{120}c", "<|endoftext|>"], controls: ["<|endoftext|>"],
        [
          ("tokenizer.ggml.pre", .string("gpt-2")),
          ("tokenizer.ggml.merges", .strings(["t h", "th e", "c a", "ca t", "\u{120} c"].map { Array($0.utf8) })),
        ])
    }

    private static var wordPiece: GGUFWriter {
      file(
        "bert", ["[UNK]", "[CLS]", "[SEP]"] + words.map { "\u{2581}" + $0 } + words,
        controls: ["[UNK]", "[CLS]", "[SEP]"],
        [("tokenizer.ggml.cls_token_id", .uint32(1)), ("tokenizer.ggml.seperator_token_id", .uint32(2))])
    }

    private static var unigram: GGUFWriter {
      file(
        "t5", ["<unk>", "</s>", "\u{2581}"] + words, controls: ["<unk>", "</s>"],
        [
          ("tokenizer.ggml.unknown_token_id", .uint32(0)), ("tokenizer.ggml.eos_token_id", .uint32(1)),
          // Four bytes that say how long the table is, a table of one unit, and a replacement.
          ("tokenizer.ggml.precompiled_charsmap", .bytes([4, 0, 0, 0, 0, 0, 0, 0, 0x61, 0])),
        ])
    }

    private static var world: GGUFWriter {
      file("rwkv", ["<s>"] + (0...255).map { "\\x" + hex($0) } + words, controls: ["<s>"], [])
    }

    private static func hex(_ byte: Int) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func file(
      _ model: String, _ tokens: [String], controls: [String], _ more: [(key: String, value: GGUFWriter.Value)]
    ) -> GGUFWriter {
      GGUFWriter(
        metadata: [
          ("general.architecture", .string("llama")), ("tokenizer.ggml.model", .string(model)),
          ("tokenizer.ggml.tokens", .strings(tokens.map { Array($0.utf8) })),
          ("tokenizer.ggml.scores", .floats(tokens.indices.map { -Float($0) })),
          ("tokenizer.ggml.token_type", .int32s(tokens.map { controls.contains($0) ? 3 : 1 })),
        ] + more)
    }
  }
#endif
