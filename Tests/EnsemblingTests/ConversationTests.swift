import ModelBackendTesting
import ModelBackends
import Testing

@testable import Ensembling

@Suite("A conversation", .timeLimit(.minutes(20))) struct ConversationTests {
  private let tokens = ["a", "b", "c", "</s>"]
  private let template = TurnTemplate(user: "Q: {content}\n", assistant: "A: {content}\n", opening: "A:")

  /// Answers with as many letters as the question has.
  private func counted(_ sessions: Counter, waiting: Gate = Gate()) -> Member {
    let base = ScriptedBackend(tokens: [" a", "b", "c", "</s>"]) { context in
      let question = String(decoding: context.prompt.bytes, as: UTF8.self).split(separator: "Q: ").last ?? ""
      if question.hasPrefix("fail"), context.answer.count == 2 {
        throw BackendError(.engineFailure, in: "counted", "broke", remedy: "Mend it.")
      }
      if question.hasPrefix("wait"), context.answer.count == 2 {
        await waiting.open()
        try await Task.sleep(for: .seconds(600))
      }
      let length = question.split(separator: "\n")[0].utf8.count
      return (context.answerTokens?.count ?? 0) < length
        ? [context.answer.isEmpty ? 5 : 0, context.answer.isEmpty ? 0 : 5, 0, 0] : [0, 0, 0, 5]
    }
    return Member(CountedBackend(base: base, sessions: sessions), template: template)
  }

  @Test("Turns follow one another, and earlier answers are written as the template writes them") func turns()
    async throws
  {
    let sessions = Counter()
    let ensemble = try Ensemble(members: [counted(sessions)], fusion: MainModelOnly())
    let conversation = ensemble.conversation([Message(role: .system, content: "Count.")])
    #expect(try await conversation.respond(to: "xx").text == " ab")
    var texts: [String] = []
    for try await token in conversation.streamResponse(to: "xxx") { texts.append(token.text) }
    #expect(texts == [" a", "b", "b", ""])
    #expect(
      conversation.messages == [
        Message(role: .system, content: "Count."), Message(role: .user, content: "xx"),
        Message(role: .assistant, content: "ab"), Message(role: .user, content: "xxx"),
        Message(role: .assistant, content: "abb"),
      ])
    #expect(await sessions.value == 1)
  }

  @Test("It reads incrementally: no byte is read twice, whatever other conversations and calls do")
  func readsIncrementally() async throws {
    let sessions = Counter()
    let ensemble = try Ensemble(members: [counted(sessions)], fusion: MainModelOnly())
    let conversations = (0..<3).map { _ in ensemble.conversation() }
    var read = [0, 0, 0]
    for turn in 1...6 {
      for (index, conversation) in conversations.enumerated() {
        let question = String(repeating: "x", count: turn + index)
        let work = try await conversation.respond(to: question).statistics.members[0].work
        #expect(work.dropped == 0)
        read[index] += work.evaluated
        let text = template.prompt(for: conversation.messages).bytes
        // All but the last answer's line end and the opening.
        #expect(read[index] == text.count - "\nA:".utf8.count)
        _ = try await ensemble.respond(to: "other \(turn)")
      }
    }
    #expect(await sessions.value == 4)
  }

  @Test("A turn that fails, is cancelled or abandoned changes nothing and can be repeated") func faults() async throws {
    let (sessions, waiting) = (Counter(), Gate())
    let ensemble = try Ensemble(members: [counted(sessions, waiting: waiting)], fusion: MainModelOnly())
    let conversation = ensemble.conversation()
    #expect(try await conversation.respond(to: "xx").text == " ab")
    let before = conversation.messages
    let error = await #expect(throws: EnsembleError.self) { try await conversation.respond(to: "fail") }
    #expect(error?.textSoFar == " a")
    let task = Task { try await conversation.respond(to: "wait") }
    await waiting.pass()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let said = try await Task {
      let stream = conversation.streamResponse(to: "xxxx")
      for try await token in stream where token.text == "b" { withUnsafeCurrentTask { $0?.cancel() } }
      return try await stream.collect()
    }.value
    #expect(said.text == " ab" && said.stopReason == .cancelled)
    let left = conversation.streamResponse(to: "xxxx")
    for try await token in left where token.text == "b" { break }
    #expect(conversation.messages == before)
    #expect(try await conversation.respond(to: "xxx").text == " abb")
    #expect(conversation.messages.count == 4)
    // The abandoned stream has ended, with its text so far.
    let rest = try await left.collect()
    #expect(rest.stopReason == .cancelled && rest.text == " ab" && conversation.messages.count == 4)
    // The failure cost one session, the others none.
    #expect(await sessions.value == 2)
  }

  @Test("Two turns at the same time are an error of the second") func atTheSameTime() async throws {
    let (started, gate) = (Gate(), Gate())
    let backend = ScriptedBackend(tokens: tokens) { context in
      await started.open()
      await gate.pass()
      return context.answer.isEmpty ? [5, 0, 0, 0] : [0, 0, 0, 5]
    }
    let conversation = try Ensemble(members: [Member(backend)], fusion: MainModelOnly()).conversation()
    async let first = conversation.respond(to: "x")
    await started.pass()
    let error = await #expect(throws: EnsembleError.self) { try await conversation.respond(to: "y") }
    #expect(error?.code == .concurrentReaders)
    await gate.open()
    #expect(try await first.text == "a")
    #expect(conversation.messages.count == 2)
    #expect(try await conversation.respond(to: "y").text == "a")
  }

  @Test("A stream outlives the conversation, and a conversation a stream") func lifetimes() async throws {
    let sessions = Counter()
    let ensemble = try Ensemble(members: [counted(sessions)], fusion: MainModelOnly())
    let stream = ensemble.conversation().streamResponse(to: "xx")
    #expect(try await stream.collect().text == " ab")
    let conversation = ensemble.conversation()
    _ = try await conversation.streamResponse(to: "xxxx").makeAsyncIterator().next()
    #expect(try await conversation.respond(to: "xx").text == " ab")
    #expect(await sessions.value == 2)
  }
}
