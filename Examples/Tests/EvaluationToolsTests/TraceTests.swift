import DeePEn
import Evaluation
import LinearAlgebra
import ModelBackendTesting
import Testing

@testable import EvaluationTools

/// Always chooses one token, with equal weights.
private struct Insisting: TokenFusion {
  let token: TokenID

  func fuse(_ step: Step) -> FusedLogits {
    var logits = [Float](repeating: 0, count: step.main.count)
    logits[token] = 5
    return FusedLogits(logits: logits, weights: Array(repeating: 0.5, count: 2), losses: [2, 1])
  }
}

@Suite struct TraceTests {
  private let tokens = ["a", "b", "c", "</s>"]

  private func cause(
    main: [Float], assistant: [Float], assistantTokens: [String]? = nil, choosing token: TokenID, right: String = "ab"
  ) async throws -> TraceExplanation? {
    let members = [
      Member(ScriptedBackend(name: "main", tokens: tokens) { _ in main }),
      Member(ScriptedBackend(name: "assistant", tokens: assistantTokens ?? tokens) { _ in assistant }),
    ]
    let ensemble = try Ensemble(members: members, fusion: Insisting(token: token))
    return try await TraceExplainer(ensemble).explain(
      [Message(role: .user, content: "?")], right: right, maximumTokens: 4)
  }

  @Test func everyCauseIsRecognised() async throws {
    let unsure: [Float] = [0, 0.5, 1, 0]
    #expect(try await cause(main: [3, 0, 0, 0], assistant: unsure, choosing: 2)?.cause == .mainOverruled)
    #expect(try await cause(main: unsure, assistant: unsure, choosing: 2)?.cause == .nobodyRight)
    #expect(try await cause(main: [0, 0, 9, 0], assistant: [5, 0, 0, 0], choosing: 2)?.cause == .mainSureAndWrong)
    #expect(try await cause(main: unsure, assistant: [5, 0, 0, 0], choosing: 2)?.cause == .searchTooSmall)
    #expect(try await cause(main: [0, 0, 2, 0], assistant: [0.1, 0, 0, 0], choosing: 2)?.cause == .assistantsOutvoted)
    #expect(
      try await cause(main: unsure, assistant: [0, 5, 0, 0], assistantTokens: ["b", "ab", "c", "</s>"], choosing: 2)?
        .cause == .tokenBoundary)
    #expect(try await cause(main: unsure, assistant: unsure, choosing: 3)?.cause == .endedTooEarly)
    #expect(try await cause(main: unsure, assistant: unsure, choosing: 0, right: "a")?.cause == .endedTooLate)
  }

  @Test func theStepAndItsNumbersAreReported() async throws {
    let found = try #require(
      try await cause(main: [5, 0, 0, 0], assistant: [0, 5, 0, 0], choosing: 0, right: " aab"))
    #expect(found.step == 2 && found.textBefore == "aa" && found.rightRest == "b" && found.chosen == "a")
    #expect(found.opinions.map(\.isRight) == [false, true])
    #expect(abs(found.opinions[1].rightProbability - (try softmax([0, 5, 0, 0])[1])) < 1e-6)
    #expect(found.losses == [2, 1])
  }

  @Test func aRightAnswerHasNoDeparture() async throws {
    #expect(try await cause(main: [5, 0, 0, 0], assistant: [5, 0, 0, 0], choosing: 0, right: "aaaa") == nil)
  }
}
