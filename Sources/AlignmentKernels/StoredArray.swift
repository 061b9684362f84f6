/// An array of numbers at a fixed address whose owner the array keeps alive: a part of a mapped file, a block of reused
/// memory, or memory of its own.
///
/// This file holds the module's pointers into such memory. They are unsafe for two reasons: a mapped file has no Swift
/// array, and several threads fill one block, a row each. An array is written only before it is shared, or by threads
/// that have different rows.
package struct StoredArray<Number: BitwiseCopyable>: @unchecked Sendable {
  private let numbers: UnsafeMutableBufferPointer<Number>
  private let owner: AnyObject?

  /// Creates an array over memory that `owner` keeps alive; elements must be written before they are read.
  package init(_ numbers: UnsafeMutableBufferPointer<Number>, in owner: AnyObject) {
    self.init(numbers, owner: owner)
  }

  /// Creates an array over memory that the caller keeps alive, such as that of an array which is being initialised.
  package init(borrowing numbers: UnsafeMutableBufferPointer<Number>) {
    self.init(numbers, owner: nil)
  }

  private init(_ numbers: UnsafeMutableBufferPointer<Number>, owner: AnyObject?) {
    self.numbers = numbers
    self.owner = owner
  }

  /// Allocates memory that must be written before it is read.
  package init(uninitialised count: Int) {
    let memory = UnsafeMutableBufferPointer<Number>.allocate(capacity: count)
    self.init(memory, in: OwnedMemory(UnsafeMutableRawBufferPointer(memory)))
  }

  /// Allocates zeros.
  package init(zeros count: Int) where Number: Numeric {
    self.init(uninitialised: count)
    numbers.initialize(repeating: 0)
  }

  /// Copies some numbers into newly allocated memory.
  package init(_ elements: [Number]) {
    self.init(uninitialised: elements.count)
    _ = numbers.initialize(from: elements)
  }

  /// The number of elements.
  package var count: Int { numbers.count }

  /// The element at an index.
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

  /// Calls a function with the elements.
  package func withSpan<Result>(_ body: (Span<Number>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeBufferPointer(numbers).span)
  }

  /// Calls a function with the mutable elements.
  package func withMutableSpan<Result>(_ body: (inout MutableSpan<Number>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(owner) {} }
    var span = numbers.mutableSpan
    return try body(&span)
  }

  /// The address of the first element, for a kernel that runs while this array lives; `nil` where there is none.
  var start: UnsafeMutablePointer<Number>? { numbers.baseAddress }

  /// Calls a function with the memory, for kernels outside this module.
  package func withBuffer<Result>(_ body: (UnsafeMutableBufferPointer<Number>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(numbers)
  }
}

/// Memory that is freed with its last user.
private final class OwnedMemory: @unchecked Sendable {
  private let bytes: UnsafeMutableRawBufferPointer

  init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  deinit { bytes.deallocate() }
}
