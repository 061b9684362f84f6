/// A format that files can be parsed by.
///
/// Content that cannot be parsed stays bytes, so any file can be given.
package struct FileFormat: Sendable {
  /// Parses a valid file.
  package var parts: @Sendable ([UInt8]) -> Part

  package init(parts: @escaping @Sendable ([UInt8]) -> Part) {
    self.parts = parts
  }
}

/// Reads a file from the front.
struct ByteReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// A little-endian number.
  mutating func number(_ width: Int) -> UInt64? {
    bytes(width)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A number of seven bits to a byte.
  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
