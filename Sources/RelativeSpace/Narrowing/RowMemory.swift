/// A row of numbers that stays in place as long as this object lives.
final class RowMemory: @unchecked Sendable {
  /// The first number.
  let start: UnsafePointer<Float>
  private let owner: AnyObject?
  private let own: UnsafeMutableBufferPointer<Float>?

  /// A row inside memory that `owner` keeps.
  init(_ start: UnsafePointer<Float>, in owner: AnyObject) {
    self.start = start
    self.owner = owner
    own = nil
  }

  /// A row in memory of its own, which is given back with it.
  ///
  /// - Precondition: The row has elements.
  init(owning memory: UnsafeMutableBufferPointer<Float>) {
    guard let first = memory.baseAddress else { preconditionFailure("A row has elements.") }
    start = UnsafePointer(first)
    owner = nil
    own = memory
  }

  deinit { own?.deallocate() }
}
