import DeePEn
import ExampleSupport
import Foundation
import LinearAlgebra
import ModelBackendTesting
import Testing

@testable import custom_backend

@Suite struct CustomBackendTests {
  private func backend() throws -> NGramBackend {
    let file = Bundled.folder.appending(path: "Texts/opposites.txt")
    return try NGramBackend(text: String(contentsOf: file, encoding: .utf8))
  }

  @Test func theExamplePassesTheConformanceChecks() async throws {
    let violations = try await BackendConformance(of: backend()).check(
      texts: ["Question: What is the opposite of hot?\nAnswer:", "é 日本 👩‍👩‍👧", "</s>"])
    #expect(violations == [])
  }

  @Test func everyByteCanBeExpressed() throws {
    let backend = try backend()
    let bytes = Array(UInt8.min...UInt8.max)
    let tokens = backend.words.encode(bytes, options: EncodingOptions())
    #expect(backend.vocabulary.text(of: tokens) == bytes)
  }

  @Test func aWordThatIsStillOpenIsFinished() async throws {
    let session = try await backend().makeSession()
    let open = RenderedPrompt("Question: What is the opposite of hot?\nAnswer: col")
    let vocabulary = try backend().vocabulary
    func likeliest(_ healing: TokenHealing) async throws -> [UInt8] {
      let logits = try await session.predict(after: ContextText(prompt: open, healing: healing)).logits
      return Array(vocabulary.bytes(of: argMax(logits) ?? 0))
    }
    #expect(try await likeliest(.standard) == Array("d".utf8))
    #expect(try await likeliest(.off) != Array("d".utf8))
  }
}
