#if LlamaCpp
  import Foundation
  import GGUFBackend
  import ModelBackendTesting
  import ModelBackends
  import Testing

  /// The same prompt gives the same answer, bit for bit, whatever a session was asked before.
  @Suite("Session history")
  struct HistoryTests {
    private static let few = "the cat the cat a the cat\nthe the a cat the cat a a the\n"
    private static let prompts = [
      few + "the cat the", few + "a cat a cat the cat", few + "a", "the cat the cat the a cat cat", "a",
    ]

    @Test(
      "Changes no answer of any kind of memory", arguments: CacheTests.Memory.allCases, [1, 8, 512])
    func memories(memory: CacheTests.Memory, batchSize: Int) async throws {
      let file = try memory.file(TinyModel(dimension: 64, contextLength: 256))
      for isFlash in [false, true] {
        let options = GGUFBackend.Options(threads: 1, batchSize: batchSize, usesFlashAttention: isFlash)
        let model = try GGUFBackend(file: file.path, options: options)
        let violations = try await BackendConformance(of: model).checkHistory(
          prompts: Self.prompts, rounds: 12, seed: UInt64(batchSize))
        #expect(violations.isEmpty, "\(violations)")
      }
    }

    @Test("Changes no answer with any type of cache", arguments: CacheTests.cacheTypes.map(\.0))
    func cacheTypes(type: GGUFBackend.Options.CacheType) async throws {
      let file = try CacheTests.Memory.transformer.file(TinyModel(dimension: 64, contextLength: 256))
      let options = GGUFBackend.Options(threads: 1, batchSize: 16, cacheType: type, usesFlashAttention: true)
      let violations = try await BackendConformance(of: GGUFBackend(file: file.path, options: options)).checkHistory(
        prompts: Self.prompts, rounds: 8)
      #expect(violations.isEmpty, "\(violations)")
    }

    private static let examples = """
      Question: What is the capital of France?
      Answer: Paris
      Question: Name the opposite of empty.
      Answer: full
      Question: What is the chemical symbol of iron?
      Answer: Fe

      """
    private static let questions = [
      examples + "Question: What is the plural of mouse?\nAnswer:",
      examples + "Question: For the country Mozambique, name the capital.\nAnswer:",
      "Question: What is the capital of France?\nAnswer:", "Once upon a time there was",
    ]

    @Test(
      "Changes no answer of a bundled model", .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice),
      arguments: BundledModels.paths, [16, nil])
    func bundled(path: String, batchSize: Int?) async throws {
      var options = GGUFBackend.Options(threads: 1)
      if let batchSize { options.batchSize = batchSize }
      let model = try GGUFBackend(file: path, options: options)
      let violations = try await BackendConformance(of: model).checkHistory(prompts: Self.questions, rounds: 10)
      #expect(violations.isEmpty, "\(violations)")
    }

    @Test(
      "Changes no answer of real models", .enabled(if: RealModels.folder != nil, RealModels.advice),
      arguments: RealModels.names)
    func real(name: String) async throws {
      let options = GGUFBackend.Options(threads: 1, contextLength: 512)
      let model = try GGUFBackend(file: RealModels.path(name), options: options)
      let violations = try await BackendConformance(of: model).checkHistory(prompts: Self.questions, rounds: 12)
      #expect(violations.isEmpty, "\(violations)")
    }
  }
#endif
