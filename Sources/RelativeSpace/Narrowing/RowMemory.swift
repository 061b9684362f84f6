/// A row of numbers that stays in place as long as this object lives.
final class RowMemory: @unchecked Sendable {
  /// The first number.
  let start: UnsafePointer<Float>
  private let owner: AnyObject?
  private let own: UnsafeMutablePointer<Float>?

  /// A row inside memory that `owner` keeps.
  init(_ start: UnsafePointer<Float>, in owner: AnyObject) {
    self.start = start
    self.owner = owner
    own = nil
  }

  /// A row with memory of its own.
  init(count: Int, _ fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(1, count))
    memory.initialize(repeating: 0, count: max(1, count))
    start = UnsafePointer(memory)
    owner = nil
    own = memory
    try fill(UnsafeMutableBufferPointer(start: memory, count: count))
  }

  deinit { own?.deallocate() }
}
