import ModelBackends
import Synchronization
import Testing

@testable import Ensembling

@Suite("The times at which members compute") struct ScheduleTests {
  /// The members that compute at a time, and the order in which they began.
  private final class Trace: Sendable {
    let state = Mutex<(active: Int, most: Int, order: [String])>((0, 0, []))

    func begin(_ name: String) {
      state.withLock {
        $0.active += 1
        $0.most = max($0.most, $0.active)
        $0.order.append(name)
      }
    }

    func end() { state.withLock { $0.active -= 1 } }
  }

  private func member(_ name: String, _ trace: Trace, failing: Bool = false, isOptional: Bool = false) -> Member {
    let backend = LongestTokenBackend(name, words: ["a", "b", "ab", " "], hasBytes: true) { _ in
      trace.begin(name)
      // Members that compute at the same time meet here.
      for _ in 0..<20 { await Task.yield() }
      trace.end()
      if failing { throw BackendError(.engineFailure, in: name, "failed", remedy: "Try again.") }
      return nil
    }
    return Member(backend, policy: isOptional ? .optional : .required)
  }

  @Test("In turn, members compute one after the other and answer and score as side by side")
  func sameAnswers() async throws {
    let options = ResponseOptions(maximumTokens: 12)
    var results: [(text: String, score: TextScore)] = []
    for schedule in [MemberSchedule.sideBySide, .inTurn] {
      let trace = Trace()
      let ensemble = try await Ensemble(
        main: member("one", trace), assistants: [member("second", trace), member("the third", trace)],
        schedule: schedule)
      let text = try await ensemble.respond(to: "ab", options: options).text
      results.append((text, try await ensemble.score("abab ba ab", continuing: "b")))
      let (most, order) = trace.state.withLock { ($0.most, $0.order) }
      if schedule == .inTurn {
        #expect(most == 1)
        #expect(order.prefix(6) == ["one", "second", "the third", "one", "second", "the third"])
      }
    }
    #expect(results[0] == results[1])
  }

  @Test("In turn, members after one whose failure ends the answer are not asked") func failure() async throws {
    let trace = Trace()
    let ensemble = try await Ensemble(
      main: member("one", trace), assistants: [member("second", trace, failing: true), member("the third", trace)],
      schedule: .inTurn)
    await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "ab") }
    #expect(trace.state.withLock(\.order) == ["one", "second"])
  }

  @Test("In turn, an optional member that fails is left out") func optional() async throws {
    let trace = Trace()
    let ensemble = try await Ensemble(
      main: member("one", trace),
      assistants: [member("second", trace, failing: true, isOptional: true), member("the third", trace)],
      schedule: .inTurn)
    let response = try await ensemble.respond(to: "ab", options: ResponseOptions(maximumTokens: 3))
    #expect(response.events.map(\.member) == ["second"])
    #expect(trace.state.withLock { $0.order.filter { $0 == "the third" }.count } == 3)
  }
}
