internal import Synchronization

/// Memory for the numbers of a step, reused by the next step.
///
/// Arrays of this size would be returned to the system, which clears them again, page by page: that takes longer than
/// most passes over them. Freed blocks go to a size-keyed free list of at most 64 MiB.
package final class BlockPool: Sendable {
  private static let mostBytes = 64 << 20
  private static let alignment = 64

  /// Unsafe, because a free block has no owner.
  private struct Free: @unchecked Sendable {
    var blocks: [Int: [UnsafeMutableRawBufferPointer]] = [:]
    var byteCount = 0
  }

  private let free = Mutex(Free())

  /// Creates an empty pool.
  package init() {}

  deinit {
    free.withLock { free in
      for block in free.blocks.values.joined() { block.deallocate() }
    }
  }

  /// Allocates numbers whose memory returns to the pool when they are released; they are not initialised.
  ///
  /// - Precondition: `count` is above 0.
  package func numbers<Number: BitwiseCopyable>(_ count: Int, of type: Number.Type = Number.self) -> StoredArray<Number>
  {
    precondition(count > 0, "A block has numbers, not \(count) of them.")
    let block = Block(take(count * MemoryLayout<Number>.stride), of: self)
    return StoredArray(block.bytes.bindMemory(to: Number.self), in: block)
  }

  private func take(_ size: Int) -> UnsafeMutableRawBufferPointer {
    let block = free.withLock { free in
      guard let block = free.blocks[size]?.popLast() else { return UnsafeMutableRawBufferPointer?.none }
      free.byteCount -= size
      return block
    }
    return block ?? .allocate(byteCount: size, alignment: Self.alignment)
  }

  fileprivate func giveBack(_ block: UnsafeMutableRawBufferPointer) {
    let isKept = free.withLock { free in
      guard free.byteCount + block.count <= Self.mostBytes else { return false }
      free.blocks[block.count, default: []].append(block)
      free.byteCount += block.count
      return true
    }
    if !isKept { block.deallocate() }
  }
}

/// A block in use.
private final class Block: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer
  private let pool: BlockPool

  init(_ bytes: UnsafeMutableRawBufferPointer, of pool: BlockPool) {
    self.bytes = bytes
    self.pool = pool
  }

  deinit { pool.giveBack(bytes) }
}
