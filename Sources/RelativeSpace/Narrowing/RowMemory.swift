internal import LinearAlgebra

/// A row of numbers that stays in place as long as this object lives.
final class RowMemory<Number: BitwiseCopyable>: @unchecked Sendable {
  /// The first number.
  let start: UnsafePointer<Number>
  private let owner: AnyObject

  /// A row inside memory that `owner` keeps.
  init(_ start: UnsafePointer<Number>, in owner: AnyObject) {
    self.start = start
    self.owner = owner
  }

  /// A row in memory of its own.
  convenience init(_ memory: ReusedMemory<Number>) {
    guard let first = memory.numbers.baseAddress else { preconditionFailure("A row has elements.") }
    self.init(UnsafePointer(first), in: memory)
  }
}
