import ModelBackendTesting
import ModelBackends
import Testing

@testable import Ensembling

@Suite("Idle sessions", .timeLimit(.minutes(20))) struct SessionPoolTests {
  private let tokens = ["a", "b", "c", "</s>"]

  @Test("The one that shares the longest prefix is taken; of equals the one that has waited longest") func best() async
  {
    let model = ScriptedBackend(tokens: tokens) { _ in [0, 0, 0, 0] }
    let pool = SessionPool(memberCount: 1, limit: 3)
    for text in ["abc", "abd", "xy"] {
      await pool.giveBack(.init(session: model.makeSession(), text: Array(text.utf8)), ofMember: 0)
    }
    func take(_ text: String) async -> String? {
      let idle = await pool.take(ofMember: 0, toRead: Array(text.utf8))
      if let idle { await pool.giveBack(idle, ofMember: 0) }
      return idle.map { String(decoding: $0.text, as: UTF8.self) }
    }
    #expect(await take("abdef") == "abd")
    #expect(await take("xyz") == "xy")
    #expect(await take("abc") == "abc")
    #expect(await take("q") == "abd")
    #expect(await take("ab") == "abc")
    // One too many: the one that has been idle longest is dropped.
    await pool.giveBack(.init(session: model.makeSession(), text: Array("new".utf8)), ofMember: 0)
    #expect(await take("xy") == "abd")
  }

  @Test("The pool keeps as many as the ensemble's setting allows", arguments: [0, 1, 3]) func limits(count: Int)
    async throws
  {
    let created = Counter()
    let model = ScriptedBackend(tokens: tokens) { $0.answer.isEmpty ? [5, 0, 0, 0] : [0, 0, 0, 5] }
    let backend = CountedBackend(base: model, sessions: created)
    let ensemble = try Ensemble(members: [Member(backend)], fusion: MainModelOnly(), idleSessions: count)
    for round in 1...2 {
      let streams = (0..<4).map { _ in ensemble.streamResponse(to: "x") }
      for stream in streams { _ = try await stream.makeAsyncIterator().next() }
      for stream in streams { _ = try await stream.collect() }
      #expect(await created.value == round * 4 - (round - 1) * count)
    }
    let error = #expect(throws: EnsembleError.self) {
      try Ensemble(members: [Member(backend)], fusion: MainModelOnly(), idleSessions: -1)
    }
    #expect(error?.code == .invalidOptions)
  }

  @Test("Alternating calls each find their own cache") func alternating() async throws {
    let backend = ScriptedBackend(tokens: tokens) { context in context.answer.count < 3 ? [5, 0, 0, 0] : [0, 0, 0, 5] }
    let ensemble = try Ensemble(members: [Member(backend)], fusion: MainModelOnly())
    var texts = ["First: ", "Second: "]
    // Both begin at the same time, so there are two sessions.
    let streams = texts.map { ensemble.streamResponse(continuing: $0) }
    for stream in streams { _ = try await stream.makeAsyncIterator().next() }
    for (index, stream) in streams.enumerated() { texts[index] += try await stream.collect().text + " and " }
    for _ in 0..<3 {
      for index in texts.indices {
        let response = try await ensemble.respond(continuing: texts[index])
        // A scripted session counts bytes; the last answer's end and " and " are new.
        let work = response.statistics.members[0].work
        #expect(work.dropped == 0 && work.evaluated == " and aaa".utf8.count)
        texts[index] += response.text + " and "
      }
    }
  }
}
