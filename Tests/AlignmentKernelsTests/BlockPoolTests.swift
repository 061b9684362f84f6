import AlignmentKernels
import Testing

struct BlockPoolTests {
  /// A block has one user at a time, however many threads take and free blocks.
  @Test func blocksAreNotShared() async {
    let pool = BlockPool()
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<200).allSatisfy { round in
            let count = 1 + (task + round) % 5 * 100
            let (one, other) = (pool.numbers(count, of: Int32.self), pool.numbers(count, of: Int32.self))
            one.write(Array(repeating: Int32(task), count: count))
            other.write(Array(repeating: Int32(-task - 1), count: count))
            return one.elements == Array(repeating: Int32(task), count: count)
              && other.elements == Array(repeating: Int32(-task - 1), count: count)
          }
        }
      }
      for await isAlone in group { #expect(isAlone) }
    }
  }

  @Test func freedBlocksAreUsedAgain() {
    let pool = BlockPool()
    func address() -> Int {
      pool.numbers(54_321, of: UInt64.self).withBuffer { Int(bitPattern: $0.baseAddress) }
    }
    let first = address()
    #expect(address() == first)
  }

  /// Contents stay valid when the pool is released before them.
  @Test func numbersOutliveTheirPool() {
    let numbers = BlockPool().numbers(3, of: Float.self)
    numbers.write([1, 2, 3])
    #expect(numbers.elements == [1, 2, 3])
  }

  @Test func partsShareMemory() {
    let table = StoredArray<Float>([1, 2, 3, 4, 5, 6])
    table.row(1, length: 2).write([30, 40])
    #expect(table.elements == [1, 2, 30, 40, 5, 6] && table[2..<5].elements == [30, 40, 5])
    #expect(table.gatherRows([2, 0], length: 2) == [5, 6, 1, 2])
  }
}
