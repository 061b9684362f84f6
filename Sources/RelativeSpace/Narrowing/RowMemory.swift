internal import Synchronization

/// A row of numbers that stays in place as long as this object lives.
final class RowMemory<Number: BitwiseCopyable>: @unchecked Sendable {
  /// The first number.
  let start: UnsafePointer<Number>
  private let giveBack: () -> Void

  /// A row inside memory that `owner` keeps.
  init(_ start: UnsafePointer<Number>, in owner: AnyObject) {
    self.start = start
    giveBack = { withExtendedLifetime(owner) {} }
  }

  /// A row in memory of a pool, which has it back afterwards.
  init(_ memory: UnsafeMutableBufferPointer<Number>, of pool: RowPool<Number>) {
    guard let first = memory.baseAddress else { preconditionFailure("A row has elements.") }
    start = UnsafePointer(first)
    giveBack = { pool.giveBack(memory) }
  }

  deinit { giveBack() }
}

/// Memory for rows of one length, of which some is kept for the next step: rows are so long that the system takes memory back that
/// is let go of, and has to clear it again, page by page.
final class RowPool<Number: BitwiseCopyable>: Sendable {
  /// How many rows are kept at most.
  private static var mostKept: Int { 64 }

  private struct Free: @unchecked Sendable {
    var rows: [UnsafeMutableBufferPointer<Number>] = []
  }

  private let free = Mutex(Free())
  private let length: Int

  /// - Precondition: Rows have elements.
  init(length: Int) {
    precondition(length > 0, "A row has elements.")
    self.length = length
  }

  deinit {
    free.withLock { free in
      for row in free.rows { row.deallocate() }
    }
  }

  /// Memory for a row, with whatever is in it.
  func take() -> UnsafeMutableBufferPointer<Number> {
    free.withLock { $0.rows.popLast() } ?? UnsafeMutableBufferPointer.allocate(capacity: length)
  }

  /// Takes a row's memory back.
  func giveBack(_ row: UnsafeMutableBufferPointer<Number>) {
    let isKept = free.withLock { free in
      guard free.rows.count < Self.mostKept else { return false }
      free.rows.append(row)
      return true
    }
    if !isKept { row.deallocate() }
  }
}
