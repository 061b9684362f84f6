import Foundation
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

@testable import ONNXBackend

/// The repository's ONNX model, with its own tokenizer.
@Suite(
  "The bundled model",
  .enabled(if: Engine.isInstalled, Engine.advice),
  .enabled(if: BundledModel.isThere, "Examples/Models/scholar is not there; the training script writes it."))
struct BundledModelTests {
  @Test("It answers a question in words and ends by itself")
  func answer() async throws {
    let backend = try ONNXBackend(folder: BundledModel.folder)
    let session = try await backend.makeSession()
    var context = ContextText("Question: What is the opposite of hot?\nAnswer:")
    context.answerTokens = []
    var hasEnded = false
    for _ in 0..<100 where !hasEnded {
      let logits = try await session.predict(after: context).logits
      #expect(logits.count == backend.vocabulary.count)
      let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
      hasEnded = backend.vocabulary.isEndOfGeneration(best)
      if !hasEnded {
        context.answerTokens?.append(best)
        context.answer += backend.vocabulary.text(of: [best])
      }
    }
    #expect(hasEnded)
    let words = try #require(String(validating: context.answer, as: UTF8.self))
    #expect(words.contains { !$0.isWhitespace })
  }

  @Test("It passes the conformance checks")
  func conformance() async throws {
    let check = BackendConformance(of: try ONNXBackend(folder: BundledModel.folder))
    let texts = ["Question: What is the symbol of gold?\nAnswer:", "Café, naïve – 12 + 30 = 42."]
    #expect(try await check.check(texts: texts) == [])
  }

  @Test("It has embeddings for every token", arguments: EmbeddingSide.allCases)
  func embeddings(side: EmbeddingSide) throws {
    let backend = try ONNXBackend(folder: BundledModel.folder)
    let table = try backend.embeddings(side)
    #expect(table.count >= backend.vocabulary.count)
    let rows = try table.rows(0..<table.count)
    #expect(!rows.elements.contains { !$0.isFinite })
    let used = backend.vocabulary.textTokens.filter { rows.row($0).contains { $0 != 0 } }
    #expect(used.count == backend.vocabulary.textTokens.count)
  }
}

enum BundledModel {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Examples/Models/scholar").path
  static let isThere = FileManager.default.fileExists(atPath: folder + "/config.json")
}
