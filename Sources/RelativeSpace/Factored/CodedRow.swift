import LinearAlgebra

/// A row of R̂ without its large entries, in a byte an anchor. It stays in place as long as this object lives.
final class CodedRow: @unchecked Sendable {
  /// What the codes stand for.
  let scale: RatioCodes
  private let codes: UnsafeBufferPointer<UInt8>
  private let owner: AnyObject?
  private let own: UnsafeMutablePointer<UInt8>?

  /// A row that was written to memory (``write(_:to:)``) which `owner` keeps.
  init(at record: UnsafeRawPointer, count: Int, in owner: AnyObject) {
    scale = record.loadUnaligned(as: RatioCodes.self)
    codes = UnsafeBufferPointer(
      start: (record + Self.headerSize).assumingMemoryBound(to: UInt8.self), count: count)
    self.owner = owner
    own = nil
  }

  /// Codes exp(factor · exponent) for each anchor, in memory of its own; `sum` is their sum.
  init(exponents row: UnsafeBufferPointer<Float>, factor: Float, sum: Float) {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: row.count)
    scale = RatioCodes.code(
      exponents: row, factor: factor, sum: sum, into: UnsafeMutableBufferPointer(start: memory, count: row.count))
    codes = UnsafeBufferPointer(start: memory, count: row.count)
    owner = nil
    own = memory
  }

  deinit { own?.deallocate() }

  /// Some of the row's anchors, in bfloat16.
  ///
  /// - Complexity: O(range).
  func decode(_ range: Range<Int>, into row: UnsafeMutableBufferPointer<UInt16>) {
    scale.decode(
      UnsafeBufferPointer(rebasing: codes[range]), into: UnsafeMutableBufferPointer(rebasing: row[range]))
  }

  /// Writes a row, coded, to `size(count:)` bytes of memory; those after it are zeros, so that equal rows have equal bytes.
  static func write(_ row: UnsafeBufferPointer<Float>, to record: UnsafeMutableRawPointer) {
    record.initializeMemory(as: UInt8.self, repeating: 0, count: size(count: row.count))
    let codes = (record + headerSize).assumingMemoryBound(to: UInt8.self)
    let scale = RatioCodes.code(row, into: UnsafeMutableBufferPointer(start: codes, count: row.count))
    record.storeBytes(of: scale, as: RatioCodes.self)
  }

  /// How many bytes a row of `count` anchors takes in memory.
  static func size(count: Int) -> Int { (headerSize + count + 63) / 64 * 64 }

  private static let headerSize = 16
}
