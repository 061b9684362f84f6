import Foundation
import Synchronization
import Testing

@testable import AlignmentKernels

struct PassTeamTests {
  private final class Counter: Sendable {
    let count = Atomic(0)
  }

  @Test(arguments: [0, 1, 2, 3, 7, 64])
  func everyPartIsDoneOnce(parts: Int) {
    let team = PassTeam()
    for _ in 0..<200 {
      let done = (0..<parts).map { _ in Counter() }
      team.perform(parts) { done[$0].count.add(1, ordering: .relaxed) }
      #expect(done.allSatisfy { $0.count.load(ordering: .relaxed) == 1 })
    }
  }

  /// Helpers that have exited are started again.
  @Test func passesFarApartAreDoneToo() async throws {
    let team = PassTeam()
    for pause in [0, 1, 5, 20] {
      try await Task.sleep(for: .milliseconds(pause))
      let done = Counter()
      team.perform(3) { _ in done.count.add(1, ordering: .relaxed) }
      #expect(done.count.load(ordering: .relaxed) == 3)
    }
  }

  /// Concurrent passes of one team, and passes inside of parts.
  @Test func passesAtTheSameTimeAreDoneToo() async {
    let team = PassTeam()
    let total = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<100 {
            team.perform(4) { _ in team.perform(3) { _ in total.count.add(1, ordering: .relaxed) } }
          }
        }
      }
    }
    #expect(total.count.load(ordering: .relaxed) == 8 * 100 * 4 * 3)
  }
}
