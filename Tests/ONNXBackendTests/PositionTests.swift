import ModelBackendTesting
import ModelBackends
import Testing

@testable import ONNXBackend

/// Predictions at many positions of a text in one call.
@Suite("Positions", .enabled(if: Engine.isInstalled, Engine.advice))
struct PositionTests {
  @Test(
    "Are answered as one prefix after the other, whatever the graph",
    arguments: Fixtures.names.filter { $0 != "int8-head" }, [1, 5, 128])
  func graphs(name: String, tokensPerRun: Int) async throws {
    let backend = try Fixtures.backend(name, tokenizer: PieceTokenizer()) { $0.tokensPerRun = tokensPerRun }
    let tolerance: Float = ["cached-half": 1e-2, "cached-bfloat16": 5e-2][name] ?? 1e-4
    var random = SeededGenerator(state: UInt64(tokensPerRun))
    let answer = (0..<40).map { _ in UInt8.random(in: 97...100, using: &random) }
    let context = ContextText(prompt: RenderedPrompt("ab"), answer: answer)
    let session = try await backend.makeSession()
    var rest = (0..<answer.count / 2).map { ContextText.Prefix(byteCount: $0 + Int($0 / 3)) }[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(Int.random(in: 1...9, using: &random)))
      rest = rest.dropFirst(piece.count)
      for (prefix, prediction) in zip(piece, try await session.predictions(after: piece, of: context)) {
        let alone = try await backend.makeSession().predict(after: context.prefix(prefix))
        #expect(distance(try #require(prediction).logits, alone.logits) < tolerance, "\(name), \(prefix)")
      }
    }
  }

  @Test(
    "Of the bundled model are answered as one prefix after the other",
    .enabled(if: BundledModel.isThere, "Examples/Models/scholar is not there; the training script writes it."))
  func bundled() async throws {
    let check = BackendConformance(of: try ONNXBackend(folder: BundledModel.folder), tolerance: 1e-2)
    #expect(try await check.checkPositions(after: "Question: What is") == [])
  }
}
