#if LlamaCpp
  import GGUFBackend
  import ModelBackendTesting
  import Testing

  @Suite("Conformance")
  struct ConformanceTests {
    @Test("Models with every kind of memory conform", arguments: CacheTests.Memory.allCases, [false, true])
    func tinyModels(memory: CacheTests.Memory, isTied: Bool) async throws {
      let file = try memory.file(TinyModel(isTied: isTied))
      let model = try GGUFBackend(file: file.path, options: GGUFBackend.Options(threads: 1))
      let violations = try await BackendConformance(of: model, tolerance: memory.tolerance)
        .check(texts: ["the cat", "a é cat\nthe"])
      #expect(violations.isEmpty, "\(violations)")
    }

    // Half-precision and quantised matrices turn a difference in the order of a sum into one of a rounding step.
    @Test(
      "The bundled models conform", .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice),
      arguments: BundledModels.paths)
    func bundledModels(path: String) async throws {
      let model = try GGUFBackend(file: path)
      let texts = ["Question: What is the capital of France?\nAnswer:", "2 + 2 ="]
      #expect(try await BackendConformance(of: model, tolerance: 5e-2).check(texts: texts).isEmpty)
    }
  }
#endif
