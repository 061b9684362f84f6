import Fusion
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Synchronization
import Testing

@testable import Ensembling

/// A scripted model of given tokens, whose tokenizer takes the longest ones and whose logits depend on the last bytes.
struct LongestTokenBackend: ModelBackend {
  let base: ScriptedBackend
  var name: String { base.name }
  var vocabulary: Vocabulary { base.vocabulary }
  var contextLength: Int? { base.contextLength }
  var tokenizer: (any Tokenizer)? { Longest(vocabulary: vocabulary) }

  /// - Parameters:
  ///   - hasBytes: Whether there is a token for each byte; otherwise text that ends inside a character cannot be read.
  ///   - script: The events before an answer.
  init(
    _ name: String, words: [String], hasBytes: Bool, contextLength: Int? = nil,
    script: @escaping @Sendable (ContextText) async throws -> [Float]? = { _ in nil }
  ) {
    let bytes = hasBytes ? (0...UInt8.max).map { Token(bytes: [$0], kind: .byte) } : []
    let vocabulary = Vocabulary(known: words.map { Token($0) } + bytes, endOfGeneration: [])
    base = ScriptedBackend(name: name, vocabulary: vocabulary, contextLength: contextLength) { context in
      if let logits = try await script(context) { return logits }
      guard hasBytes || String(validating: context.answer, as: UTF8.self) != nil else {
        throw BackendError(.tokenization, in: name, "has no token for half a character", remedy: "Finish it.")
      }
      let sum = context.bytes.suffix(5).reduce(name.utf8.count) { $0 &* 31 &+ Int($1) }
      return vocabulary.indices.map { Float((sum &+ $0 &* 7) % 23) / 4 }
    }
  }

  func makeSession() -> any ModelSession { base.makeSession() }

  private struct Longest: Tokenizer {
    let vocabulary: Vocabulary

    func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
      var (tokens, start) = ([TokenID](), 0)
      while start < text.count {
        let end = (start + 1...min(text.count, start + 8)).last { vocabulary.id(forBytes: text[start..<$0]) != nil }
        guard let end, let token = vocabulary.id(forBytes: text[start..<end]) else {
          throw BackendError(.tokenization, in: "longest", "no token for a byte", remedy: "Leave it out.")
        }
        tokens.append(token)
        start = end
      }
      return tokens
    }

    func canCut(_ text: [UInt8], at position: Int) -> Bool { text[position] == UInt8(ascii: " ") }
  }
}

@Suite("Scoring many positions at a time", .timeLimit(.minutes(20))) struct ScorePieceTests {
  /// One after the other, as an answer is generated, and in pieces of several lengths.
  static let limits = [1, 2, 7, Piece.limit]
  static let words = [" the", " cat", " ca", "t", "na", "ï", "ve", "🙂", " 12", "34", " ", "a", "\n"]

  private func text(_ random: inout SplitMix64) -> String {
    let parts = [" the", " cat", "naïve", "🙂", " 1234", "é", "\n", " Straße", "日本", "a", " ca"]
    return (0..<Int.random(in: 1...90, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
  }

  /// The outcome of scoring in a comparable form.
  private func outcome(_ ensemble: Ensemble, _ text: String, _ limit: Int) async -> String {
    do {
      let score = try await ensemble.score(text, after: .text("Once"), pieceLimit: limit)
      return score.tokens.map { "\($0.token):\($0.logProbability.bitPattern)" }.joined(separator: " ")
        + score.events.map(\.description).joined(separator: "\n")
    } catch let error as EnsembleError {
      return "\(error) \(error.textSoFar)"
    } catch {
      return "\(error)"
    }
  }

  @Test("The answers are those of one position after the other, hard texts included", arguments: 0..<12)
  func sameAnswers(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let members = [
      Member(LongestTokenBackend("main", words: Self.words, hasBytes: true)),
      Member(LongestTokenBackend("bytes", words: [" th", "e cat", "cat"], hasBytes: true)),
      Member(
        LongestTokenBackend("whole", words: Self.words, hasBytes: false),
        policy: seed.isMultiple(of: 2) ? .required : .optional),
    ]
    for rule in [.standard, .rescoring(candidates: 5)] as [any EnsembleRule] {
      let ensemble = try await Ensemble(main: members[0], assistants: Array(members.dropFirst()), rule: rule)
      let text = text(&random)
      let expected = await outcome(ensemble, text, 1)
      for limit in Self.limits.dropFirst() {
        #expect(await outcome(ensemble, text, limit) == expected, "\(rule.name), pieces of \(limit): \(text)")
      }
    }
  }

  @Test("A member that fails inside a piece fails at the same position", arguments: Fault.allCases)
  func faults(fault: Fault) async throws {
    let gate = Gate()
    for policy in [Member.Policy.required, .optional] {
      var expected: String?
      for limit in Self.limits {
        let bad = LongestTokenBackend("bad", words: ["a", "b"], hasBytes: false) { context in
          context.answer.count < 5 ? nil : try await fault.logits(count: 2, gate: gate)
        }
        let good = LongestTokenBackend("good", words: ["a", "b"], hasBytes: false)
        let deadline: Duration? = fault == .late ? .seconds(1) : nil
        let ensemble = try Ensemble(
          members: [Member(good), Member(bad, policy: policy, deadline: deadline)],
          fusion: SameVocabularyMean())
        let found = await outcome(ensemble, "abbaabab", limit)
        expected = expected ?? found
        #expect(found == expected, "\(policy), pieces of \(limit)")
        #expect(found.contains("bad") && (policy == .required || found.contains("step 5")))
      }
    }
    await gate.open()
  }

  @Test("A context that ends inside a piece ends the member's part there") func contextEnd() async throws {
    for policy in [Member.Policy.required, .optional] {
      var expected: String?
      for limit in Self.limits {
        let good = LongestTokenBackend("good", words: ["a", "b"], hasBytes: false)
        let vocabulary = good.vocabulary
        let short = ScriptedBackend(name: "short", vocabulary: vocabulary) { context in
          guard context.answer.count < 5 else {
            throw BackendError(.contextOverflow, in: "short", "the text is too long", remedy: "Shorten it.")
          }
          return [1, 0]
        }
        let ensemble = try Ensemble(
          members: [Member(good), Member(short, policy: policy)], fusion: SameVocabularyMean())
        let found = await outcome(ensemble, "abbaabab", limit)
        expected = expected ?? found
        #expect(found == expected, "\(policy), pieces of \(limit)")
        #expect(policy == .optional || found.contains("only 5 of the text's 8 tokens"))
      }
    }
  }

  /// Records requests and fusions.
  private final class Trace: Sendable {
    /// For each call, the number of requested positions and the number of steps that were fused before it.
    let calls = Mutex<[(positions: Int, fused: Int)]>([])
    let fused = Mutex(0)
  }

  private struct TracedBackend: ModelBackend {
    let base: LongestTokenBackend
    let trace: Trace
    var name: String { base.name }
    var vocabulary: Vocabulary { base.vocabulary }
    var tokenizer: (any Tokenizer)? { base.tokenizer }
    func makeSession() -> any ModelSession { Session(base: base.makeSession(), trace: trace) }

    final class Session: ModelSession {
      let base: any ModelSession
      let trace: Trace
      init(base: any ModelSession, trace: Trace) { (self.base, self.trace) = (base, trace) }
      func predict(after context: ContextText) async throws -> Prediction {
        trace.calls.withLock { $0.append((1, trace.fused.withLock { $0 })) }
        return try await base.predict(after: context)
      }
      func predictions(after prefixes: [ContextText.Prefix], of context: ContextText) async throws -> [Prediction?] {
        trace.calls.withLock { $0.append((prefixes.count, trace.fused.withLock { $0 })) }
        return try await base.predictions(after: prefixes, of: context)
      }
    }
  }

  @Test("Logits of two pieces are held at most, and each position is asked for once") func bounds() async throws {
    let trace = Trace()
    let backend = TracedBackend(base: LongestTokenBackend("main", words: ["a", "b"], hasBytes: false), trace: trace)
    let fusion = ClosureFusion { logits in
      trace.fused.withLock { $0 += 1 }
      return logits[0]
    }
    let ensemble = try Ensemble(members: [Member(backend)], fusion: fusion)
    let text = String(repeating: "ab", count: 300)
    #expect(try await ensemble.score(text, continuing: "a").tokens.count == 600)
    let calls = trace.calls.withLock { $0 }
    #expect(calls.map(\.positions) == [128, 128, 128, 128, 88])
    for (index, call) in calls.enumerated().dropFirst() { #expect(call.fused > (index - 2) * Piece.limit) }
    for (index, call) in calls.enumerated().dropFirst() { #expect(call.fused <= index * Piece.limit) }
  }

  @Test(
    "A large vocabulary's logits are held for fewer positions",
    arguments: [
      ([256, 49_152], 128), ([49_152, 262_144], 64), ([1 << 20], 16), ([1 << 30], 1), ([0], 128),
    ]) func memory(sizes: [Int], limit: Int)
  {
    #expect(Piece.limit(vocabularySizes: sizes) == limit)
  }

  @Test("Cancelling stops between pieces, and the session is used again") func cancelling() async throws {
    let (asked, sessions) = (Counter(), Counter())
    struct Counted: ModelBackend {
      let base: LongestTokenBackend
      let sessions: Counter
      var name: String { base.name }
      var vocabulary: Vocabulary { base.vocabulary }
      var tokenizer: (any Tokenizer)? { base.tokenizer }
      func makeSession() async -> any ModelSession {
        await sessions.increment()
        return base.makeSession()
      }
    }
    let backend = LongestTokenBackend("main", words: ["a", "b"], hasBytes: false) { _ in
      await asked.increment()
      return nil
    }
    let steps = Mutex(0)
    let fusion = ClosureFusion { logits in
      let step = steps.withLock { steps in
        steps += 1
        return steps
      }
      if step == 10 { withUnsafeCurrentTask { $0?.cancel() } }
      return logits[0]
    }
    let ensemble = try Ensemble(members: [Member(Counted(base: backend, sessions: sessions))], fusion: fusion)
    let text = String(repeating: "ab", count: 300)
    await #expect(throws: CancellationError.self) {
      try await Task { try await ensemble.score(text, continuing: "a") }.value
    }
    #expect(await asked.value <= 2 * Piece.limit)
    #expect(try await ensemble.score(text, continuing: "a").tokens.count == 600)
    #expect(await sessions.value == 1)
  }
}
