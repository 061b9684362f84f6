import Fusion
import ModelBackendTesting
import ModelBackends
import Testing

@testable import Ensembling

/// A member that never answers one kind of call.
struct HangingBackend: ModelBackend {
  enum Call: String, CaseIterable, Sendable {
    case makeSession, tokenCount, predict, promptScore, score
  }

  let base = LongestTokenBackend("hanging", words: ["a", "b", " "], hasBytes: false)
  let call: Call
  let gate: Gate
  var contextLength: Int? = 40
  var name: String { base.name }
  var vocabulary: Vocabulary { base.vocabulary }
  var tokenizer: (any Tokenizer)? { base.tokenizer }

  func makeSession() async throws -> any ModelSession {
    if call == .makeSession { await gate.pass() }
    return Session(base: base.makeSession(), call: call, gate: gate)
  }

  private final class Session: ModelSession {
    let base: any ModelSession
    let call: Call
    let gate: Gate

    init(base: any ModelSession, call: Call, gate: Gate) { (self.base, self.call, self.gate) = (base, call, gate) }

    private func pass(_ asked: Call) async { if call == asked { await gate.pass() } }

    func tokenCount(of context: ContextText) async throws -> Int? {
      await pass(.tokenCount)
      return try await base.tokenCount(of: context)
    }

    func predict(after context: ContextText) async throws -> Prediction {
      await pass(.predict)
      return try await base.predict(after: context)
    }

    func promptScore(of prompt: RenderedPrompt) async throws -> PromptScore? {
      await pass(.promptScore)
      return PromptScore(logProbability: -20, byteCount: 20)
    }

    func score(_ continuations: [[UInt8]], after context: ContextText) async throws -> ContinuationScores? {
      await pass(.score)
      return ContinuationScores(logProbabilities: continuations.map { _ in -1 })
    }
  }
}

@Suite("A member that hangs while a text is scored", .timeLimit(.minutes(20))) struct HangingScoreTests {
  private let short = " ab b ba"
  /// Longer than the hanging member's context.
  private let long = String(repeating: " ab b ba", count: 9)

  private func ensemble(
    _ call: HangingBackend.Call, _ gate: Gate, _ policy: Member.Policy
  ) async throws -> Ensemble {
    let main = Member(LongestTokenBackend("main", words: ["a", "b", " "], hasBytes: false))
    let hanging = Member(HangingBackend(call: call, gate: gate), policy: policy, deadline: .seconds(1))
    let rule: any EnsembleRule =
      switch call {
      case .promptScore: .promptWeighted(.standard)
      case .score: .rescoring(candidates: 2)
      default: .standard
      }
    return try await Ensemble(main: main, assistants: [hanging], rule: rule)
  }

  @Test("Is left out where it is optional, in windows too", arguments: HangingBackend.Call.allCases)
  func optional(call: HangingBackend.Call) async throws {
    let gate = Gate()
    let ensemble = try await ensemble(call, gate, .optional)
    let alone = try await Ensemble(main: ensemble.members[0])
    for text in [short, long] {
      let score = try await ensemble.score(text, continuing: "a b a b a b a b a b")
      #expect(score.byteCount == text.utf8.count && score.tokens.count == text.utf8.count)
      #expect(score.events.map(\.kind) == [.dropped] && score.events.map(\.member) == ["hanging"])
      let own = try await alone.score(text, continuing: "a b a b a b a b a b")
      // In a window, the main model has other words before the same text; here they matter only for its first bytes.
      if score.windows.count == 1 {
        for (one, other) in zip(score.tokens, own.tokens) {
          #expect(abs(one.logProbability - other.logProbability) < 1e-4)
        }
      }
    }
    await gate.open()
  }

  @Test("Ends the score by name where it is required", arguments: HangingBackend.Call.allCases)
  func required(call: HangingBackend.Call) async throws {
    let gate = Gate()
    let ensemble = try await ensemble(call, gate, .required)
    for text in [short, long] {
      let error = await #expect(throws: EnsembleError.self) {
        try await ensemble.score(text, continuing: "a b a b a b a b a b")
      }
      #expect(error?.code == .deadlineExceeded && error?.member == "hanging")
    }
    await gate.open()
  }

  @Test("Is not taken to hang where only a piece takes longer than its deadline") func slow() async throws {
    let slow = LongestTokenBackend("slow", words: ["a", "b"], hasBytes: false) { _ in
      try await Task.sleep(for: .milliseconds(40))
      return nil
    }
    let main = LongestTokenBackend("main", words: ["a", "b"], hasBytes: false)
    let ensemble = try Ensemble(
      members: [Member(main), Member(slow, deadline: .seconds(2))],
      fusion: SameVocabularyMean())
    #expect(try await ensemble.score(String(repeating: "ab", count: 50), continuing: "a").tokens.count == 100)
  }
}
