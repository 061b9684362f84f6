/// Numbers in memory that stays in place as long as its owner lives, which this array keeps alive: a part of a mapped file, a block of
/// reused memory, or memory of its own.
///
/// This file holds the module's pointers into such memory. They are unsafe for two reasons: a mapped file has no array of Swift's, and several
/// threads fill one block, a row each. An array is written to only before it is shared, or by threads that have different rows.
package struct StoredArray<Number: BitwiseCopyable>: @unchecked Sendable {
  private let numbers: UnsafeMutableBufferPointer<Number>
  private let owner: AnyObject?

  /// Memory that `owner` keeps in place; what is read from it must have been written before.
  package init(_ numbers: UnsafeMutableBufferPointer<Number>, in owner: AnyObject) {
    self.init(numbers, owner: owner)
  }

  /// Memory that the caller keeps in place, such as that of an array which is being initialised.
  package init(borrowing numbers: UnsafeMutableBufferPointer<Number>) {
    self.init(numbers, owner: nil)
  }

  private init(_ numbers: UnsafeMutableBufferPointer<Number>, owner: AnyObject?) {
    self.numbers = numbers
    self.owner = owner
  }

  /// Memory of its own that is written to before it is read.
  package init(uninitialised count: Int) {
    let memory = UnsafeMutableBufferPointer<Number>.allocate(capacity: count)
    self.init(memory, in: OwnedMemory(UnsafeMutableRawBufferPointer(memory)))
  }

  /// Zeros in memory of its own.
  package init(zeros count: Int) where Number: Numeric {
    self.init(uninitialised: count)
    numbers.initialize(repeating: 0)
  }

  /// A copy of some numbers in memory of its own.
  package init(_ elements: [Number]) {
    self.init(uninitialised: elements.count)
    _ = numbers.initialize(from: elements)
  }

  /// How many numbers there are.
  package var count: Int { numbers.count }

  /// One number.
  package subscript(index: Int) -> Number {
    get { numbers[index] }
    nonmutating set { numbers[index] = newValue }
  }

  /// Some of the numbers, in the same memory.
  package subscript(range: Range<Int>) -> StoredArray {
    StoredArray(UnsafeMutableBufferPointer(rebasing: numbers[range]), owner: owner)
  }

  /// A row of a row-major table of rows of `length` numbers, in the same memory.
  package func row(_ row: Int, length: Int) -> StoredArray { self[row * length..<(row + 1) * length] }

  /// A copy of the numbers.
  package var elements: [Number] { Array(numbers) }

  /// Writes numbers to the beginning.
  package func write(_ elements: some Collection<Number>) {
    precondition(elements.count <= count, "\(elements.count) numbers do not fit into \(count).")
    _ = numbers.update(fromContentsOf: elements)
  }

  /// Calls a function with the numbers.
  package func withSpan<Result>(_ body: (Span<Number>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeBufferPointer(numbers).span)
  }

  /// Calls a function with the numbers, to be changed.
  package func withMutableSpan<Result>(_ body: (inout MutableSpan<Number>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(owner) {} }
    var span = numbers.mutableSpan
    return try body(&span)
  }

  /// The address of the first number, for a kernel that runs while this array lives; `nil` for none.
  var start: UnsafeMutablePointer<Number>? { numbers.baseAddress }

  /// Calls a function with the memory, for kernels outside this module.
  package func withBuffer<Result>(_ body: (UnsafeMutableBufferPointer<Number>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(numbers)
  }
}

/// Memory that is given back when its last user goes.
private final class OwnedMemory: @unchecked Sendable {
  private let bytes: UnsafeMutableRawBufferPointer

  init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  deinit { bytes.deallocate() }
}
