import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

/// A model that answers with the tokens of a list, one after the other; each with the given confidence.
private func reciter(
  _ name: String = "reciter", tokens: [String], saying script: [Int], confidence: Float = 8,
  embeddings: Matrix? = nil
) -> ScriptedBackend {
  ScriptedBackend(name: name, tokens: tokens, embeddings: embeddings) { context in
    var logits = [Float](repeating: 0, count: tokens.count)
    let position = context.answerTokens?.count ?? context.answer.count
    logits[script[min(position, script.count - 1)]] = confidence
    return logits
  }
}

@Suite(.timeLimit(.minutes(20))) struct EnsembleTests {
  private let tokens = ["a", "b", "c", "</s>"]

  @Test func aSingleMemberAnswersAsItself() async throws {
    let ensemble = try await Ensemble(main: Member(reciter(tokens: tokens, saying: [0, 1, 2, 3])))
    let response = try await ensemble.respond(to: "x")
    #expect(response.text == "abc")
    #expect(response.tokens == [0, 1, 2])
    #expect(response.stopReason == .stop)
    #expect(response.statistics.steps == 4)
    #expect(response.statistics.members[0].work.evaluated > 0)
  }

  @Test func streamedElementsSpellTheAnswer() async throws {
    let ensemble = try await Ensemble(main: Member(reciter(tokens: tokens, saying: [0, 1, 2, 3])))
    let stream = ensemble.streamResponse(to: "x", options: ResponseOptions(candidateCount: 2))
    var elements: [GeneratedToken] = []
    for try await element in stream { elements.append(element) }
    #expect(elements.map(\.text) == ["a", "b", "c", ""])
    #expect(elements.map(\.token) == [0, 1, 2, 3])
    #expect(elements.map(\.bytes) == [[97], [98], [99], []])
    #expect(elements.allSatisfy { $0.probability > 0.99 })
    #expect(elements[0].candidates?.fused.map(\.text) == ["a", "b"])
    #expect(elements[0].candidates?.members.map(\.count) == [2])
    #expect(elements[3].candidates?.fused[0].isEndOfGeneration == true)
    #expect(try await stream.collect().text == "abc")
  }

  @Test func theTokenLimitEndsTheAnswer() async throws {
    let ensemble = try await Ensemble(main: Member(reciter(tokens: tokens, saying: [0])))
    let response = try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 3))
    #expect(response.text == "aaa")
    #expect(response.stopReason == .length)
  }

  @Test func aStopTextEndsTheAnswer() async throws {
    let ensemble = try await Ensemble(main: Member(reciter(tokens: tokens, saying: [0, 1, 2, 0])))
    let response = try await ensemble.respond(to: "x", options: ResponseOptions(stop: ["bc"]))
    #expect(response.text == "a")
    #expect(response.stopReason == .stop)
  }

  @Test func aSplitCharacterIsStreamedWhole() async throws {
    let bytes = Array("é".utf8)
    let vocabulary = Vocabulary(
      known: bytes.map { Token(bytes: [$0], kind: .byte) } + [Token("</s>", kind: .control)], endOfGeneration: [2])
    let backend = ScriptedBackend(vocabulary: vocabulary) { context in
      [context.answer.count == 0 ? 5 : 0, context.answer.count == 1 ? 5 : 0, context.answer.count == 2 ? 5 : 0]
    }
    let ensemble = try await Ensemble(main: Member(backend))
    var texts: [String] = []
    for try await element in ensemble.streamResponse(to: "x") { texts.append(element.text) }
    #expect(texts == ["", "é", ""])
    let half = try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 1))
    #expect(half.text == "\u{FFFD}")
  }

  @Test func theContextsEndIsALengthStopThatKeepsTheAnswer() async throws {
    let vocabulary = Vocabulary(known: [Token("a"), Token("</s>", kind: .control)], endOfGeneration: [1])
    let backend = ScriptedBackend(name: "short", vocabulary: vocabulary, contextLength: 5) { _ in [1, 0] }
    let ensemble = try await Ensemble(main: Member(backend))
    let response = try await ensemble.respond(to: "xx")
    #expect(response.text == "aaaa")
    #expect(response.stopReason == .length)

    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "xxxxxx") }
    #expect(error?.member == "short")
    #expect((error?.underlying as? BackendError)?.code == .contextOverflow)
  }

  @Test func nothingRunsAheadOfTheReader() async throws {
    let asked = Counter()
    let backend = ScriptedBackend(tokens: tokens) { _ in
      await asked.increment()
      return [5, 0, 0, 0]
    }
    let ensemble = try await Ensemble(main: Member(backend))
    var read = 0
    for try await _ in ensemble.streamResponse(to: "x") {
      read += 1
      #expect(await asked.value == read)
      if read == 3 { break }
    }
    #expect(await asked.value == 3)
    #expect(try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 2)).text == "aa")
  }

  @Test func cancellingKeepsTheAnswerSoFar() async throws {
    let backend = ScriptedBackend(tokens: tokens) { context in
      if context.answer.count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
      return [5, 0, 0, 0]
    }
    let ensemble = try await Ensemble(main: Member(backend))
    let task = Task {
      let stream = ensemble.streamResponse(to: "x")
      var count = 0
      for try await _ in stream {
        count += 1
        if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return try await stream.collect()
    }
    let response = try await task.value
    #expect(response.text == "aaa")
    #expect(response.stopReason == .cancelled)
  }

  @Test func cancellingDuringFusionKeepsTheAnswerSoFar() async throws {
    let fusion = ClosureFusion { logits in
      withUnsafeCurrentTask { $0?.cancel() }
      try Task.checkCancellation()
      return logits[0]
    }
    let ensemble = try Ensemble(members: [Member(reciter(tokens: tokens, saying: [0]))], fusion: fusion)
    let response = try await Task { try await ensemble.streamResponse(to: "x").collect() }.value
    #expect(response.text.isEmpty)
    #expect(response.stopReason == .cancelled)
    await #expect(throws: CancellationError.self) {
      try await Task { try await ensemble.respond(to: "x") }.value
    }
  }

  @Test(arguments: [[0, 0], [0, .nan, 0, 0], [Float](repeating: -.infinity, count: 4)] as [[Float]])
  func invalidFusedLogitsAreCaught(answer: [Float]) async throws {
    let ensemble = try Ensemble(
      members: [Member(reciter(tokens: tokens, saying: [0]))], fusion: ClosureFusion { _ in answer })
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "x") }
    #expect(error?.code == .fusionFailed)
  }

  @Test func sessionsAreUsedAgainAndOnlyAFewWait() async throws {
    let created = Counter()
    let backend = CountedBackend(base: reciter(tokens: tokens, saying: [0, 3]), sessions: created)
    let ensemble = try await Ensemble(main: Member(backend))
    for _ in 0..<3 { #expect(try await ensemble.respond(to: "x").text == "a") }
    #expect(await created.value == 1)
    let streams = (0..<4).map { _ in ensemble.streamResponse(to: "x") }
    for stream in streams { _ = try await stream.makeAsyncIterator().next() }
    #expect(await created.value == 4)
    for stream in streams { _ = try await stream.collect() }
    let again = (0..<4).map { _ in ensemble.streamResponse(to: "x") }
    for stream in again { _ = try await stream.makeAsyncIterator().next() }
    #expect(await created.value == 6)
  }

  @Test func aTemplateThatThrowsIsNamed() async throws {
    struct Refusing: PromptTemplate {
      func prompt(for messages: [Message]) throws -> RenderedPrompt {
        throw BackendError(.unsupported, in: "template", "knows no such role", remedy: "Leave it out.")
      }
    }
    let member = Member(reciter("strict", tokens: tokens, saying: [0]), template: Refusing())
    let error = await #expect(throws: EnsembleError.self) {
      try await Ensemble(main: member).respond(to: [Message(role: .system, content: "x")])
    }
    #expect(error?.member == "strict")
  }

  @Test func membersWorkAtTheSameTime() async throws {
    let barrier = Barrier(of: 2)
    func backend(_ name: String) -> ScriptedBackend {
      ScriptedBackend(name: name, tokens: tokens) { context in
        await barrier.arrive()
        return context.answer.isEmpty ? [5, 0, 0, 0] : [0, 0, 0, 5]
      }
    }
    let ensemble = try Ensemble(
      members: [Member(backend("one")), Member(backend("two"))], fusion: MainModelOnly())
    #expect(try await ensemble.respond(to: "x").text == "a")
  }

  @Test func eachMemberReadsItsOwnPromptAndTheSharedAnswer() async throws {
    let seen = Log()
    func backend(_ name: String) -> ScriptedBackend {
      ScriptedBackend(name: name, tokens: tokens) { context in
        let tokens = context.answerTokens.map { "\($0)" } ?? "nil"
        await seen.add("\(name): \(String(decoding: context.bytes, as: UTF8.self)) \(tokens)")
        return context.answer.isEmpty ? [5, 0, 0, 0] : [0, 0, 0, 5]
      }
    }
    let ensemble = try Ensemble(
      members: [
        Member(backend("one"), template: TextTemplate("Q: {prompt} A:")), Member(backend("two")),
      ], fusion: MainModelOnly())
    _ = try await ensemble.respond(to: "x")
    #expect(
      await Set(seen.lines) == ["one: Q: x A: []", "two: x nil", "one: Q: x A:a [0]", "two: xa nil"])
  }

  @Test(arguments: [
    ([1, 2] as [Float], "2 logits"), ([.nan, 0, 0, 0], "nan"), ([0, .infinity, 0, 0], "inf"),
    ([Float](repeating: -.infinity, count: 4), "−∞"),
  ])
  func logitsThatCannotBeUsedAreCaughtByName(logits: [Float], word: String) async throws {
    let good = reciter("good", tokens: tokens, saying: [0])
    let bad = ScriptedBackend(name: "bad", tokens: tokens) { context in
      context.answer.count < 2 ? [0, 0, 0, 0] : logits
    }
    let ensemble = try Ensemble(members: [Member(good), Member(bad)], fusion: MainModelOnly())
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "x") }
    #expect(error?.code == .invalidLogits)
    #expect(error?.member == "bad")
    #expect(error?.textSoFar == "aa")
    #expect(error?.problem.contains(word) == true)
  }

  @Test func aMemberThatThrowsIsNamedAndTheErrorStays() async throws {
    let bad = ScriptedBackend(name: "bad", tokens: tokens) { context in
      if context.answer.isEmpty { return [5, 0, 0, 0] }
      throw BackendError(.engineFailure, in: "bad", "broke", remedy: "Mend it.")
    }
    let ensemble = try await Ensemble(main: Member(bad))
    let stream = ensemble.streamResponse(to: "x")
    for _ in 0..<2 {
      let error = await #expect(throws: EnsembleError.self) { try await stream.collect() }
      #expect(error?.code == .memberFailed)
      #expect(error?.textSoFar == "a")
      #expect(error.map { "\($0)" }?.contains("Mend it.") == true)
    }
  }

  @Test func membersNeedDifferentNames() async throws {
    let member = Member(reciter(tokens: tokens, saying: [0]))
    let twice = #expect(throws: EnsembleError.self) {
      try Ensemble(members: [member, member], fusion: MainModelOnly())
    }
    #expect(twice?.code == .invalidMembers)
    let none = #expect(throws: EnsembleError.self) { try Ensemble(members: [], fusion: MainModelOnly()) }
    #expect(none?.code == .invalidMembers)
  }

  @Test func generationsAtTheSameTimeDoNotMix() async throws {
    let backend = ScriptedBackend(tokens: tokens) { context in
      await Task.yield()
      let wanted = String(decoding: context.prompt.bytes, as: UTF8.self) == "first" ? 0 : 1
      var logits: [Float] = [0, 0, 0, 0]
      logits[context.answer.count < 20 ? wanted : 3] = 5
      return logits
    }
    let ensemble = try await Ensemble(main: Member(backend))
    async let first = ensemble.respond(to: "first")
    async let second = ensemble.respond(to: "second")
    #expect(try await first.text == String(repeating: "a", count: 20))
    #expect(try await second.text == String(repeating: "b", count: 20))
  }
}

/// A barrier: nobody leaves before all have arrived.
private actor Barrier {
  private let size: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(of size: Int) {
    self.size = size
  }

  func arrive() async {
    if waiting.count + 1 == size {
      for continuation in waiting { continuation.resume() }
      waiting = []
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }
}
