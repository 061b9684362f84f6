#if LlamaCpp
  import Foundation
  import GGUFBackend
  import LinearAlgebra
  import ModelBackends
  import Testing

  /// The GGUF models in the repository.
  enum BundledModels {
    static let paths: [String] = {
      let folder = repository.appendingPathComponent("Examples/Models")
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
      return (files ?? []).filter { $0.pathExtension == "gguf" }.map(\.path).sorted()
    }()
    static let advice: Comment = "The bundled models are missing: git checkout -- Examples/Models"
  }

  @Suite("Bundled models", .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice))
  struct BundledModelTests {
    @Test("Logits of cached steps, of fresh sessions and after a rollback agree", arguments: BundledModels.paths)
    func consistency(path: String) async throws {
      let model = try await GGUFBackend.load(path)
      let session = try await model.makeSession()
      var context = ContextText("Question: What is the capital of France?\nAnswer:")
      for _ in 0..<8 {
        let cached = try await session.predict(after: context)
        let fresh = try await model.makeSession().predict(after: context)
        let distance = zip(cached.logits, fresh.logits).map { abs($0 - $1) }.max() ?? .infinity
        // Quantised matrices turn a difference in the order of a sum into one of a rounding step.
        #expect(distance <= 5e-2)
        let best = try #require(cached.logits.indices.max { cached.logits[$0] < cached.logits[$1] })
        context.answer += model.vocabulary.bytes(of: best)
      }
      context.answer = []
      let rolledBack = try await session.predict(after: context)
      let fresh = try await model.makeSession().predict(after: context)
      #expect(zip(rolledBack.logits, fresh.logits).allSatisfy { abs($0 - $1) <= 5e-2 })
    }

    @Test("Embeddings cover the vocabulary and are numbers", arguments: BundledModels.paths)
    func embeddings(path: String) throws {
      let model = try GGUFBackend(file: path)
      for side in EmbeddingSide.allCases {
        let table = try model.embeddings(side)
        #expect(table.count >= model.vocabulary.count)
        let rows = try table.rows(0..<table.count)
        #expect(rows.elements.allSatisfy { $0.isFinite })
        #expect(rows.elements.contains { $0 != 0 })
      }
    }

    @Test("A session longer than the positions that a model has learnt is refused")
    func positions() async throws {
      var refused = 0
      for path in BundledModels.paths {
        let table = try? GGUFEmbeddings(file: path, tensor: "position_embd.weight")
        guard let count = table?.count else { continue }
        _ = try GGUFBackend(file: path, options: GGUFBackend.Options(contextLength: count))
        await expectError(.invalidArgument) {
          _ = try GGUFBackend(file: path, options: GGUFBackend.Options(contextLength: count + 1))
        }
        refused += 1
      }
      #expect(refused > 0)
    }

    @Test("A truncated copy is an error", arguments: BundledModels.paths)
    func truncation(path: String) async throws {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      for part in [10, 1000, bytes.count / 4, bytes.count / 2, bytes.count * 9 / 10] {
        let file = try TemporaryFile(Array(bytes.prefix(part)))
        await expectError(.invalidFile) { _ = try GGUFBackend(file: file.path) }
      }
    }
  }
#endif
