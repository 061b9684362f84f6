internal import Synchronization

/// Memory for numbers that a step needs and the next step needs again, given back when this object goes.
///
/// Arrays of this size would be handed back to the system, which has to clear them again, page by page: that takes longer than most
/// passes over them. Some memory is kept for whoever wants as much next, whatever for.
package final class ReusedMemory<Number: BitwiseCopyable>: @unchecked Sendable {
  private let bytes: UnsafeMutableRawBufferPointer
  /// The numbers, with whatever was in the memory before.
  package let numbers: UnsafeMutableBufferPointer<Number>

  /// - Precondition: `count` is above 0.
  package init(count: Int) {
    precondition(count > 0, "Memory is for numbers, not \(count) of them.")
    bytes = SpareMemory.take(count * MemoryLayout<Number>.stride)
    numbers = bytes.bindMemory(to: Number.self)
  }

  deinit { SpareMemory.giveBack(bytes) }
}

/// The numbers as a collection.
extension ReusedMemory: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { numbers.count }
  package subscript(index: Int) -> Number { numbers[index] }
}

/// Memory that was given back, by its size; at most so much in the whole process.
private enum SpareMemory {
  /// How many bytes are kept at most.
  private static let mostBytes = 64 << 20
  private static let alignment = 64

  private struct Kept: @unchecked Sendable {
    var blocks: [Int: [UnsafeMutableRawBufferPointer]] = [:]
    var byteCount = 0
  }

  private static let kept = Mutex(Kept())

  static func take(_ size: Int) -> UnsafeMutableRawBufferPointer {
    let block = kept.withLock { kept in
      guard let block = kept.blocks[size]?.popLast() else { return UnsafeMutableRawBufferPointer?.none }
      kept.byteCount -= size
      return block
    }
    return block ?? .allocate(byteCount: size, alignment: alignment)
  }

  static func giveBack(_ block: UnsafeMutableRawBufferPointer) {
    let isKept = kept.withLock { kept in
      guard kept.byteCount + block.count <= mostBytes else { return false }
      kept.blocks[block.count, default: []].append(block)
      kept.byteCount += block.count
      return true
    }
    if !isKept { block.deallocate() }
  }
}
