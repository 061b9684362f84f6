import DeePEn
import ExampleSupport
import Foundation
import ModelBackendTesting
import Testing

@testable import custom_backend

@Suite struct CustomBackendTests {
  private func backend() throws -> NGramBackend {
    let file = Bundled.folder.appending(path: "Texts/opposites.txt")
    return NGramBackend(text: try String(contentsOf: file, encoding: .utf8))
  }

  @Test func theExampleKeepsWhatTheEnsembleReliesOn() async throws {
    let violations = try await BackendConformance(of: backend()).check(
      texts: ["Question: What is the opposite of hot?\nAnswer:", "é 日本 👩‍👩‍👧", "</s>"])
    #expect(violations == [])
  }

  @Test func everyByteCanBeExpressed() throws {
    let backend = try backend()
    let bytes = Array(UInt8.min...UInt8.max)
    let tokens = NGramBackend.tokens(of: bytes, in: backend.vocabulary)
    #expect(backend.vocabulary.text(of: tokens) == bytes)
  }
}
