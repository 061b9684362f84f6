#if LlamaCpp
  import Foundation
  import GGUFBackend
  import ModelBackends
  import Testing

  @Suite("Files that cannot be used")
  struct FileErrorTests {
    @Test("A missing file, a folder and another format have different errors")
    func wrongFiles() async throws {
      await expectError(.missingFile) { _ = try GGUFBackend(file: "/nowhere/model.gguf") }
      await expectError(.missingFile) { _ = try GGUFTokenizer(file: "/nowhere/model.gguf") }
      await expectError(.missingFile) { _ = try GGUFEmbeddings(file: "/nowhere/model.gguf", side: .input) }
      await expectError(.invalidFile) { _ = try GGUFBackend(file: FileManager.default.temporaryDirectory.path) }
      let text = try TemporaryFile(Array("{\"model\": \"none\"}".utf8))
      await expectError(.invalidFile) { _ = try await GGUFBackend.load(text.path) }
      let empty = try TemporaryFile([])
      await expectError(.invalidFile) { _ = try GGUFBackend(file: empty.path) }
    }

    @Test("A named pipe or a device is refused without blocking", .timeLimit(.minutes(20)))
    func specialFiles() async throws {
      let pipe = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).gguf").path
      try #require(mkfifo(pipe, 0o600) == 0)
      defer { unlink(pipe) }
      let link = pipe + ".link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: pipe)
      defer { unlink(link) }
      for path in [pipe, link, "/dev/zero"] {
        await expectError(.invalidFile) { _ = try GGUFBackend(file: path) }
        await expectError(.invalidFile) { _ = try GGUFTokenizer(file: path) }
        await expectError(.invalidFile) { _ = try GGUFEmbeddings(file: path, side: .input) }
      }
      let error = #expect(throws: BackendError.self) { try GGUFBackend(file: pipe) }
      #expect(error?.problem == "is a named pipe, not a GGUF file")
    }

    @Test("A missing file is reported as missing")
    func missing() throws {
      for path in ["/nowhere/model.gguf", "/dev/null/model.gguf"] {
        let error = #expect(throws: BackendError.self) { try GGUFBackend(file: path) }
        #expect(error?.code == .missingFile && error?.problem == "does not exist")
      }
    }

    @Test("A file with a vocabulary only is an error that says so")
    func vocabularyOnly() async throws {
      var writer = TinyModel().transformer()
      writer.tensors = []
      let file = try TemporaryFile(writer.bytes())
      let error = #expect(throws: BackendError.self) { try GGUFBackend(file: file.path) }
      #expect(error?.code == .unsupported && error?.problem == "holds a vocabulary and no weights")
      #expect(error?.remedy.contains("whole model") == true)
      #expect(throws: Never.self) { try GGUFTokenizer(file: file.path) }
    }

    @Test("A file whose middle was never written is loaded with a warning that names what is zeros")
    func zeros() async throws {
      let writer = TinyModel(dimension: 64).transformer()
      let whole = try TemporaryFile(writer.bytes())
      #expect(try GGUFBackend(file: whole.path).warnings.isEmpty)
      var zeroed = writer
      let large = writer.tensors.indices.filter { writer.tensors[$0].name.hasSuffix("ffn_up.weight") }
      for index in large { zeroed.tensors[index].bytes = Array(repeating: 0, count: zeroed.tensors[index].bytes.count) }
      let file = try TemporaryFile(zeroed.bytes())
      let warnings = try GGUFBackend(file: file.path).warnings
      let warning = try #require(warnings.first)
      #expect(warnings.count == 1 && large.count > 1)
      #expect(warning.problem.contains("blk.0.ffn_up.weight and \(large.count - 1) more"), "\(warning)")
    }

    @Test("Zero norms and biases give no warning")
    func zeroLists() throws {
      var writer = TinyModel(dimension: 64).transformer()
      for index in writer.tensors.indices where writer.tensors[index].name.hasSuffix("norm.weight") {
        writer.tensors[index].bytes = Array(repeating: 0, count: writer.tensors[index].bytes.count)
      }
      let file = try TemporaryFile(writer.bytes())
      #expect(try GGUFBackend(file: file.path).warnings.isEmpty)
    }

    @Test("A truncated file is an error at every length")
    func truncation() async throws {
      let bytes = TinyModel().transformer().bytes()
      // The tensors' data ends with padding, which may be missing: the last whole tensor byte is the limit.
      var random = SeededRandom(seed: 7)
      let lengths =
        [1, 3, 4, 8, 16, 24, 25, 100, 1000] + (0..<60).map { _ in Int.random(in: 0..<bytes.count, using: &random) }
      for length in lengths + [bytes.count - 1] {
        let file = try TemporaryFile(Array(bytes.prefix(length)))
        await expectError(.invalidFile) { _ = try GGUFBackend(file: file.path) }
      }
      let whole = try TemporaryFile(bytes)
      #expect(throws: Never.self) { try GGUFBackend(file: whole.path) }
    }

    @Test("A file whose bytes are damaged never ends the process before the weights are read")
    func damagedHeader() throws {
      let bytes = TinyModel().transformer().bytes()
      for offset in [4, 8, 16, 20, 24, 32, 40] {
        var damaged = bytes
        damaged[offset] ^= 0xFF
        let file = try TemporaryFile(damaged)
        #expect(throws: BackendError.self) { try GGUFBackend(file: file.path) }
      }
    }

    @Test("A missing tensor is named")
    func missingTensor() async throws {
      var writer = TinyModel().transformer()
      writer.tensors.removeAll { $0.name == "blk.1.ffn_up.weight" }
      let file = try TemporaryFile(writer.bytes())
      let error = #expect(throws: BackendError.self) { try GGUFBackend(file: file.path) }
      #expect(error?.code == .invalidFile)
      #expect(error?.problem.contains("blk.1.ffn_up.weight") == true)
    }

    @Test("An unknown architecture is named")
    func unknownArchitecture() async throws {
      var writer = TinyModel().transformer()
      writer.metadata[0] = ("general.architecture", .string("perpetuum"))
      let file = try TemporaryFile(writer.bytes())
      let error = #expect(throws: BackendError.self) { try GGUFBackend(file: file.path) }
      #expect(error?.code == .unsupported)
      #expect(error?.problem.contains("perpetuum") == true)
    }

    @Test("A number that would fail during a computation is refused on loading", arguments: [-1, Float.nan])
    func badEpsilon(value: Float) async throws {
      var writer = TinyModel().transformer()
      let key = "llama.attention.layer_norm_rms_epsilon"
      let index = try #require(writer.metadata.firstIndex { $0.key == key })
      writer.metadata[index].value = .float(value)
      let file = try TemporaryFile(writer.bytes())
      let error = #expect(throws: BackendError.self) { try GGUFBackend(file: file.path) }
      #expect(error?.code == .invalidFile)
      #expect(error?.problem.contains(key) == true)
    }

    @Test("A model without layers is refused")
    func noLayers() async throws {
      var writer = TinyModel().transformer()
      let index = try #require(writer.metadata.firstIndex { $0.key == "llama.block_count" })
      writer.metadata[index].value = .uint32(0)
      let file = try TemporaryFile(writer.bytes())
      await expectError(.invalidFile) { _ = try GGUFBackend(file: file.path) }
    }

    @Test("A tokenizer that llama.cpp would not survive is an error that names its tokens")
    func brokenTokenizers() async throws {
      var writer = TinyModel().transformer()
      let index = try #require(writer.metadata.firstIndex { $0.key == "tokenizer.ggml.tokens" })
      guard case .strings(var tokens) = writer.metadata[index].value else { return }
      tokens[5] = tokens[4]
      writer.metadata[index].value = .strings(tokens)
      let twins = try TemporaryFile(writer.bytes())
      let error = #expect(throws: BackendError.self) { try GGUFBackend(file: twins.path) }
      #expect(error?.code == .invalidFile)
      #expect(error?.problem.contains("4") == true && error?.problem.contains("5") == true)
      tokens.removeLast()
      writer.metadata[index].value = .strings(tokens)
      let short = try TemporaryFile(writer.bytes())
      await expectError(.invalidFile) { _ = try GGUFBackend(file: short.path) }
    }

    @Test("A file without a tokenizer is unsupported or invalid, not a crash")
    func noTokenizer() throws {
      var writer = TinyModel().transformer()
      writer.metadata.removeAll { $0.key.hasPrefix("tokenizer.") }
      let file = try TemporaryFile(writer.bytes())
      #expect(throws: BackendError.self) { try GGUFBackend(file: file.path) }
      #expect(throws: BackendError.self) { try GGUFTokenizer(file: file.path) }
    }

    @Test(
      "Options out of range are named",
      arguments: [
        GGUFBackend.Options(threads: 0), GGUFBackend.Options(contextLength: 0), GGUFBackend.Options(batchSize: 0),
        GGUFBackend.Options(gpuLayers: -1),
      ])
    func options(options: GGUFBackend.Options) async throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      await expectError(.invalidArgument) { _ = try GGUFBackend(file: file.path, options: options) }
    }

    @Test("A session longer than the positions that a model has learned is refused; a shorter one answers")
    func learnedPositions() async throws {
      let file = try TemporaryFile(TinyModel(contextLength: 64).positional().bytes())
      await expectError(.invalidArgument) {
        _ = try GGUFBackend(file: file.path, options: .init(contextLength: 65))
      }
      let session = try await GGUFBackend(file: file.path, options: .init(contextLength: 64)).makeSession()
      // Every byte is a token, and a token begins the text.
      let text = RenderedPrompt(parts: [.text(Array(repeating: UInt8(ascii: "x"), count: 62))])
      #expect(try await session.predict(after: ContextText(prompt: text)).logits.allSatisfy(\.isFinite))
    }

    @Test("A token of absurd length is refused", arguments: ["llama", "t5", "rwkv"])
    func longToken(kind: String) async throws {
      var writer = TinyModel().transformer()
      for (key, value) in [
        ("tokenizer.ggml.model", GGUFWriter.Value.string(kind)),
        ("tokenizer.ggml.tokens", .strings([Array("<unk>".utf8), Array(repeating: 0x61, count: 1 << 20)])),
        ("tokenizer.ggml.scores", .floats([0, 0])), ("tokenizer.ggml.token_type", .int32s([2, 1])),
      ] {
        let index = try #require(writer.metadata.firstIndex { $0.key == key })
        writer.metadata[index].value = value
      }
      let file = try TemporaryFile(writer.bytes())
      let error = #expect(throws: BackendError.self) { try GGUFTokenizer(file: file.path) }
      #expect(error?.code == .invalidFile && error?.problem.contains("token 1") == true)
    }

    @Test("A quantised cache needs flash attention and heads of whole blocks")
    func quantisedCache() async throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      for usesFlashAttention in [false, true] {
        let options = GGUFBackend.Options(cacheType: .q8, usesFlashAttention: usesFlashAttention)
        let model = try GGUFBackend(file: file.path, options: options)
        await expectError(.invalidArgument) { _ = try await model.makeSession() }
      }
    }
  }
#endif
