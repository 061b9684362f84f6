import LinearAlgebra
import Synchronization
import Testing

struct WorkersTests {
  @Test(arguments: [1, 2, 3, 7, 64])
  func everyPartIsDoneOnce(parts: Int) {
    for _ in 0..<200 {
      let done = (0..<parts).map { _ in Counter() }
      Workers.all.split(10 * parts, into: parts) { part, range in
        done[part].count.add(range.count, ordering: .relaxed)
      }
      #expect(done.allSatisfy { $0.count.load(ordering: .relaxed) == 10 })
    }
  }

  /// Parts that are divided again, and tasks that divide work at the same time.
  @Test func dividingInsideOfPartsAndAtTheSameTime() async {
    let total = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<50 {
            Workers(count: 4).split(4, into: 4) { _, _ in
              Workers(count: 3).split(6, into: 3) { _, range in total.count.add(range.count, ordering: .relaxed) }
            }
          }
        }
      }
    }
    #expect(total.count.load(ordering: .relaxed) == 8 * 50 * 4 * 6)
  }

  @Test func thereAreNoMorePartsThanThreadsOrThanAreWorthOne() {
    #expect(Workers(count: 3).parts(of: 1000, least: 1) == 3)
    #expect(Workers(count: 3).parts(of: 1000, least: 400) == 2)
    #expect(Workers(count: 3).parts(of: 0, least: 400) == 1)
    #expect(Workers.all.count > 0)
  }

  @Test(arguments: [1, 2, 5]) func resultsComeInOrder(threads: Int) {
    #expect(Workers(count: threads).map(100) { $0 * $0 } == (0..<100).map { $0 * $0 })
    #expect(Workers(count: threads).map(0) { $0 }.isEmpty)
  }

  @Test func noThreadsAreAProgrammersError() async {
    await #expect(processExitsWith: .failure) { _ = Workers(count: 0) }
  }

  private final class Counter: Sendable {
    let count = Atomic(0)
  }
}
