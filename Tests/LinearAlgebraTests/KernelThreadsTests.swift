import LinearAlgebra
import Synchronization
import Testing

@Suite(.serialized)
struct KernelThreadsTests {
  @Test(arguments: [1, 2, 3, 7, 64])
  func everyPartIsDoneOnce(parts: Int) {
    for _ in 0..<200 {
      let done = (0..<parts).map { _ in Counter() }
      KernelThreads.split(10 * parts, into: parts) { part, range in
        done[part].count.add(range.count, ordering: .relaxed)
      }
      #expect(done.allSatisfy { $0.count.load(ordering: .relaxed) == 10 })
    }
  }

  /// Parts that split again, and tasks that split at the same time, get other threads.
  @Test func splittingInsideOfPartsAndAtTheSameTime() async {
    let total = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<50 {
            KernelThreads.split(4, into: 4) { _, _ in
              KernelThreads.split(6, into: 3) { _, range in total.count.add(range.count, ordering: .relaxed) }
            }
          }
        }
      }
    }
    #expect(total.count.load(ordering: .relaxed) == 8 * 50 * 4 * 6)
  }

  /// What is itself a part is not cut again, whoever does it.
  @Test func partsOfPartsAreOne() {
    for _ in 0..<100 {
      let cut = Counter()
      KernelThreads.split(4, into: 4) { _, _ in
        cut.count.add(KernelThreads.parts(of: 1000, least: 1), ordering: .relaxed)
      }
      #expect(cut.count.load(ordering: .relaxed) == 4)
    }
  }

  @Test func bothPiecesOfWorkAreDone() {
    for count in 0..<200 {
      #expect(KernelThreads.both({ count + 1 }, { "\(count)" }) == (count + 1, "\(count)"))
    }
  }

  @Test func resultsComeInOrder() {
    #expect(KernelThreads.map(100) { $0 * $0 } == (0..<100).map { $0 * $0 })
    #expect(KernelThreads.map(0) { $0 }.isEmpty)
  }

  private final class Counter: Sendable {
    let count = Atomic(0)
  }
}
