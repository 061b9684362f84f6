import Dispatch
import Foundation
import Fusion
import ModelBackendTesting
import ModelBackends
import Testing

@testable import Ensembling

/// A way in which a member can fail in the middle of an answer.
enum Fault: String, CaseIterable {
  case throwing, cancelling, nan, infinity, nothing, tooFew, late

  func logits(count: Int, gate: Gate) async throws -> [Float] {
    switch self {
    case .throwing: throw BackendError(.engineFailure, in: "bad", "broke", remedy: "Mend it.")
    case .cancelling: throw CancellationError()
    case .nan: return [Float](repeating: .nan, count: count)
    case .infinity: return [Float](repeating: .infinity, count: count)
    case .nothing: return [Float](repeating: -.infinity, count: count)
    case .tooFew: return [0]
    case .late:
      // Hangs, and ignores cancellation.
      await gate.pass()
      return [Float](repeating: 0, count: count)
    }
  }

  var code: EnsembleError.Code {
    switch self {
    case .throwing, .cancelling: .memberFailed
    case .late: .deadlineExceeded
    case .nan, .infinity, .nothing, .tooFew: .invalidLogits
    }
  }
}

@Suite("A member that fails", .timeLimit(.minutes(20))) struct FaultTests {
  private static let tokens = ["a", "b", "c", "</s>"]

  /// Answers "a" forever.
  private func steady(_ name: String = "good", _ logits: [Float] = [2, 0, 0, -9]) -> ScriptedBackend {
    ScriptedBackend(name: name, tokens: Self.tokens) { _ in logits }
  }

  /// Prefers "b"; fails from the third token on.
  private func failing(_ fault: Fault, gate: Gate) -> ScriptedBackend {
    ScriptedBackend(name: "bad", tokens: Self.tokens) { context in
      context.answer.count < 2 ? [0, 5, 0, -9] : try await fault.logits(count: 4, gate: gate)
    }
  }

  /// A clock for late members; the others need none.
  private func deadline(_ fault: Fault) -> Duration? { fault == .late ? .seconds(1) : nil }

  @Test("Ends the answer by name where it is required; nothing so far is lost", arguments: Fault.allCases)
  func required(fault: Fault) async throws {
    let gate = Gate()
    let bad = Member(failing(fault, gate: gate), deadline: deadline(fault))
    let ensemble = try Ensemble(members: [Member(steady()), bad], fusion: MainModelOnly())
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "x") }
    #expect(error?.code == fault.code)
    #expect(error?.member == "bad")
    #expect(error?.textSoFar == "aa")
    await gate.open()
  }

  @Test("Ends the answer also where it is the main model", arguments: Fault.allCases)
  func main(fault: Fault) async throws {
    let gate = Gate()
    let bad = Member(failing(fault, gate: gate), deadline: deadline(fault))
    let ensemble = try Ensemble(members: [bad, Member(steady(), policy: .optional)], fusion: MainModelOnly())
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "x") }
    #expect(error?.code == fault.code)
    #expect(error?.textSoFar == "bb")
    await gate.open()
  }

  @Test(
    "Is left out where it is optional: weights grow, an event says so, the answer goes on", arguments: Fault.allCases)
  func optional(fault: Fault) async throws {
    let gate = Gate()
    let bad = Member(failing(fault, gate: gate), policy: .optional, deadline: deadline(fault))
    let third = steady("third", [0, 0, 3, -9])
    let ensemble = try Ensemble(
      members: [Member(steady()), bad, Member(third)], weights: .fixed([0.2, 0.6, 0.2]), fusion: SameVocabularyMean())
    let stream = ensemble.streamResponse(to: "x", options: ResponseOptions(maximumTokens: 5, candidateCount: 1))
    var elements: [GeneratedToken] = []
    for try await element in stream { elements.append(element) }
    let response = try await stream.collect()
    // "b" while the member with the most weight takes part; then the third is surer of "c" than the first of "a".
    #expect(response.text == "bbccc")
    #expect(response.stopReason == .length)
    #expect(elements.map(\.events.count) == [0, 0, 1, 0, 0])
    let event = try #require(response.events.first)
    #expect(response.events.count == 1)
    #expect(event.kind == .dropped && event.member == "bad" && event.step == 2 && !event.reason.isEmpty)
    #expect("\(event)".contains("bad, step 2: "))
    #expect(elements[1].candidates?.weights == [0.2, 0.6, 0.2])
    #expect(elements[2].candidates?.weights == [0.5, 0, 0.5])
    #expect(elements[2].candidates?.members[1] == [])
    #expect(response.statistics.members.map(\.steps) == [5, 2, 5])
    await gate.open()
  }

  @Test("Is left out from the start where it cannot open a session")
  func optionalFromTheStart() async throws {
    struct Silent: ModelBackend {
      let name = "silent"
      let vocabulary = Vocabulary(known: [Token("a")])
      func makeSession() async throws -> any ModelSession {
        throw BackendError(.engineFailure, in: name, "has no memory left", remedy: "Close something.")
      }
    }
    struct Refusing: PromptTemplate {
      func prompt(for messages: [Message]) throws -> RenderedPrompt {
        throw BackendError(.unsupported, in: "template", "knows no such role", remedy: "Leave it out.")
      }
    }
    let short = ScriptedBackend(name: "short", vocabulary: Vocabulary(known: [Token("a")]), contextLength: 2) { _ in
      [0]
    }
    let ensemble = try Ensemble(
      members: [
        Member(steady()), Member(Silent(), policy: .optional), Member(short, policy: .optional),
        Member(steady("strict"), template: Refusing(), policy: .optional),
      ], fusion: MainModelOnly())
    let response = try await ensemble.respond(to: "long", options: ResponseOptions(maximumTokens: 2))
    #expect(response.text == "aa")
    #expect(response.events.map(\.member) == ["silent", "short", "strict"])
    #expect(response.events.allSatisfy { $0.kind == .dropped && $0.step == 0 })
    #expect(response.events[1].reason.contains("4 bytes") && response.events[1].reason.contains("2"))
  }

  @Test("Is left out when the answer outgrows it, where it is optional; otherwise the answer ends")
  func contextEnd() async throws {
    let vocabulary = Vocabulary(known: Self.tokens.map { Token($0) }, endOfGeneration: [3])
    let short = ScriptedBackend(name: "short", vocabulary: vocabulary, contextLength: 3) { _ in [0, 0, 0, 0] }
    for (policy, text) in [(Member.Policy.required, "aaa"), (.optional, "aaaaa")] {
      let ensemble = try Ensemble(
        members: [Member(steady()), Member(short, policy: policy)], fusion: MainModelOnly())
      let response = try await ensemble.respond(to: "", options: ResponseOptions(maximumTokens: 5))
      #expect(response.text == (policy == .required ? "aaaa" : text))
      #expect(response.stopReason == .length)
      #expect(response.events.map(\.member) == (policy == .required ? [] : ["short"]))
    }
  }

  @Test("Costs the others no work where the prompt is too long for it")
  func overflowBeforeAnyWork() async throws {
    let asked = Counter()
    let main = ScriptedBackend(name: "main", tokens: Self.tokens) { _ in
      await asked.increment()
      return [1, 0, 0, 0]
    }
    let vocabulary = Vocabulary(known: [Token("a")])
    let short = ScriptedBackend(name: "short", vocabulary: vocabulary, contextLength: 7) { _ in [0] }
    let ensemble = try Ensemble(members: [Member(main), Member(short)], fusion: MainModelOnly())
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "far too long") }
    #expect(await asked.value == 0)
    #expect(error?.member == "short")
    #expect((error?.underlying as? BackendError)?.code == .contextOverflow)
    #expect(error?.problem.contains("12") == true && error?.problem.contains("7") == true)
  }

  @Test("Does not delay the caller when it hangs, and takes part again in the next answer")
  func hangs() async throws {
    let gate = Gate()
    let sessions = Counter()
    let backend = HangingOnce(gate: gate, sessions: sessions)
    let ensemble = try Ensemble(
      members: [Member(steady()), Member(backend, policy: .optional, deadline: .seconds(1))],
      fusion: MainModelOnly())
    let first = try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 2))
    #expect(first.text == "aa" && first.events.count == 1)
    // The hung session is not used again; the next answer gets a new one.
    let second = try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 2))
    #expect(second.text == "aa" && second.events.isEmpty)
    #expect(await sessions.value == 2)
    await gate.open()
  }

  @Test("Delays no other member even where more of them block their threads than there are cores")
  func blocks() async throws {
    let release = DispatchSemaphore(value: 0)
    let count = ProcessInfo.processInfo.activeProcessorCount + 1
    let blocked = (0..<count).map { index in
      Member(
        ScriptedBackend(name: "blocked \(index)", tokens: Self.tokens) { _ in
          waitWithoutYielding(release)
          return [0, 0, 0, 0]
        }, policy: .optional, deadline: .seconds(1))
    }
    let ensemble = try Ensemble(members: [Member(steady())] + blocked, fusion: MainModelOnly())
    let response = try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 3))
    // The members are still blocked: only now are they released.
    for _ in 0..<count { release.signal() }
    #expect(response.text == "aaa" && response.events.count == count)
  }

  @Test("Stops the others, which are not reported and whose sessions stay, whatever they answer then")
  func stopsTheOthers() async throws {
    let (heard, sessions) = (Counter(), Counter())
    struct Sulking: ModelBackend {
      let (heard, sessions): (Counter, Counter)
      let name = "main"
      let vocabulary = Vocabulary(known: [Token("a"), Token("b"), Token("c"), Token("</s>")])
      func makeSession() async throws -> any ModelSession {
        await sessions.increment()
        return ScriptedBackend(vocabulary: vocabulary) { [heard] context in
          guard context.prompt == RenderedPrompt("fail") else { return [1, 0, 0, 0] }
          do { try await Task.sleep(for: .seconds(60)) } catch { await heard.increment() }
          throw BackendError(.engineFailure, in: "main", "was interrupted", remedy: "Do not interrupt it.")
        }.makeSession()
      }
    }
    let failingBackend = ScriptedBackend(name: "failingBackend", tokens: Self.tokens) { context in
      if context.prompt == RenderedPrompt("fail") {
        throw BackendError(.engineFailure, in: "failingBackend", "broke", remedy: "Mend it.")
      }
      return [0, 0, 0, 0]
    }
    let ensemble = try Ensemble(
      members: [Member(Sulking(heard: heard, sessions: sessions)), Member(failingBackend)], fusion: MainModelOnly())
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "fail") }
    #expect(error?.member == "failingBackend")
    #expect(await heard.value == 1)
    #expect(try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 1)).text == "a")
    #expect(await sessions.value == 1)
  }

  @Test("Is cancelled at its deadline")
  func isCancelledAtItsDeadline() async throws {
    let heard = Gate()
    let late = ScriptedBackend(name: "late", tokens: Self.tokens) { _ in
      do { try await Task.sleep(for: .seconds(60)) } catch { await heard.open() }
      return [0, 0, 0, 0]
    }
    let ensemble = try Ensemble(
      members: [Member(steady()), Member(late, policy: .optional, deadline: .milliseconds(200))],
      fusion: MainModelOnly())
    let response = try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 1))
    #expect(response.events.map(\.member) == ["late"])
    await heard.pass()
  }

  @Test("Keeps its session where only the text was too long for it", arguments: [Member.Policy.required, .optional])
  func overflowKeepsTheSession(policy: Member.Policy) async throws {
    let sessions = Counter()
    let short = CountedBackend(
      base: ScriptedBackend(
        name: "short", vocabulary: Vocabulary(known: [Token("a")]), contextLength: 3
      ) { _ in [0] }, sessions: sessions)
    let ensemble = try Ensemble(
      members: [Member(steady()), Member(short, policy: policy)], fusion: MainModelOnly())
    let options = ResponseOptions(maximumTokens: 5)
    for prompt in ["x", "too long", "x"] { _ = try? await ensemble.respond(to: prompt, options: options) }
    #expect(await sessions.value == 1)
  }

  @Test("Is cancelled with the answer, and its session is used again")
  func cancelled() async throws {
    for deadline in [nil, Duration.seconds(30)] {
      let (started, stopped, sessions) = (Gate(), Counter(), Counter())
      let slow = SlowBackend(started: started, stopped: stopped, sessions: sessions)
      let ensemble = try Ensemble(members: [Member(slow, deadline: deadline)], fusion: MainModelOnly())
      let task = Task { try await ensemble.respond(to: "wait") }
      await started.pass()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(await stopped.value == 1)
      #expect(try await ensemble.respond(to: "go", options: ResponseOptions(maximumTokens: 1)).text == "a")
      #expect(await sessions.value == 1)
    }
  }

  @Test("Cannot be the main model where it is optional; a deadline must leave time")
  func invalidMembers() {
    for member in [Member(steady(), policy: .optional), Member(steady(), deadline: .zero)] {
      let error = #expect(throws: EnsembleError.self) { try Ensemble(members: [member], fusion: MainModelOnly()) }
      #expect(error?.code == .invalidMembers && error?.member == "good")
    }
  }
}

/// Blocks the thread on which a session runs.
private func waitWithoutYielding(_ semaphore: DispatchSemaphore) { semaphore.wait() }

/// Its first session hangs forever.
private struct HangingOnce: ModelBackend {
  let gate: Gate
  let sessions: Counter
  let name = "hanging"
  let vocabulary = Vocabulary(known: [Token("a")])

  func makeSession() async throws -> any ModelSession {
    await sessions.increment()
    let hangs = await sessions.value == 1
    return ScriptedBackend(vocabulary: vocabulary) { [gate] _ in
      if hangs { await gate.pass() }
      return [0]
    }.makeSession()
  }
}

/// Delays its answer to the prompt "wait" until it is cancelled.
private struct SlowBackend: ModelBackend {
  let started: Gate
  let stopped: Counter
  let sessions: Counter
  let name = "slow"
  let vocabulary = Vocabulary(known: [Token("a")])

  func makeSession() async throws -> any ModelSession {
    await sessions.increment()
    return ScriptedBackend(vocabulary: vocabulary) { [started, stopped] context in
      guard context.prompt == RenderedPrompt("wait") else { return [0] }
      await started.open()
      do { try await Task.sleep(for: .seconds(60)) } catch { await stopped.increment() }
      try Task.checkCancellation()
      return [0]
    }.makeSession()
  }
}
