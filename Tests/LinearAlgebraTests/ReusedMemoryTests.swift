import LinearAlgebra
import Testing

struct ReusedMemoryTests {
  /// Memory that is in use belongs to one alone, however many threads take and give back.
  @Test func nobodySharesMemory() async {
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<200).allSatisfy { round in
            let count = 1 + (task + round) % 5 * 100
            let one = ReusedMemory<Int32>(count: count)
            let other = ReusedMemory<Int32>(count: count)
            one.numbers.update(repeating: Int32(task))
            other.numbers.update(repeating: Int32(-task - 1))
            return one.count == count && one.allSatisfy { $0 == Int32(task) }
              && other.allSatisfy { $0 == Int32(-task - 1) }
          }
        }
      }
      for await isAlone in group { #expect(isAlone) }
    }
  }

  @Test func memoryIsUsedAgain() {
    // A size that nobody else asks for.
    func address() -> Int { Int(bitPattern: ReusedMemory<UInt64>(count: 54_321).numbers.baseAddress) }
    let first = address()
    #expect(address() == first)
  }
}
