/// Returns whether all bytes are valid UTF-8.
func isValidUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
  if bytes.allSatisfy({ $0 < 0x80 }) { return true }
  return String(validating: bytes, as: UTF8.self) != nil
}

extension Collection<UInt8> where Index == Int {
  /// The scalar that starts at an index of valid UTF-8, and its length in bytes.
  @inline(__always)
  func scalar(at index: Int) -> (value: UInt32, length: Int) {
    let first = UInt32(self[index])
    switch first {
    case 0..<0x80: return (first, 1)
    case 0x80..<0xE0: return ((first & 0x1F) << 6 | UInt32(self[index + 1] & 0x3F), 2)
    case 0xE0..<0xF0:
      return ((first & 0x0F) << 12 | UInt32(self[index + 1] & 0x3F) << 6 | UInt32(self[index + 2] & 0x3F), 3)
    default:
      let middle = UInt32(self[index + 1] & 0x3F) << 12 | UInt32(self[index + 2] & 0x3F) << 6
      return ((first & 0x07) << 18 | middle | UInt32(self[index + 3] & 0x3F), 4)
    }
  }

  /// The length in bytes of the scalar that starts at an index of valid UTF-8.
  @inline(__always)
  func scalarLength(at index: Int) -> Int {
    switch self[index] {
    case 0..<0xC0: 1
    case 0xC0..<0xE0: 2
    case 0xE0..<0xF0: 3
    default: 4
    }
  }

  /// The start of the scalar that ends before an index of valid UTF-8.
  func scalarStart(before index: Int) -> Int {
    var start = index - 1
    while start > startIndex, self[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }
}

extension ArraySlice<UInt8> {
  /// The text, which is valid UTF-8.
  var string: String { String(decoding: self, as: UTF8.self) }

  /// The last scalar.
  var lastScalar: Unicode.Scalar? {
    isEmpty ? nil : Unicode.Scalar(scalar(at: scalarStart(before: endIndex)).value)
  }

  /// Whether any scalar is white space.
  var hasSpace: Bool { string.unicodeScalars.contains(where: \.isSpace) }

  /// The text with every scalar rewritten.
  ///
  /// - Parameter rewrite: Appends the replacement of a scalar.
  func mappingScalars(_ rewrite: (Unicode.Scalar, inout [UInt8]) -> Void) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var index = startIndex
    while index < endIndex {
      let (value, length) = scalar(at: index)
      rewrite(Unicode.Scalar(value)!, &result)
      index += length
    }
    return result
  }

  /// Rewrites every scalar.
  ///
  /// - Parameter rewrite: Appends the replacement of a scalar.
  mutating func rewriteScalars(_ rewrite: (Unicode.Scalar, inout [UInt8]) -> Void) {
    self = mappingScalars(rewrite)[...]
  }
}

extension [UInt8] {
  /// Appends a scalar as UTF-8.
  mutating func append(_ scalar: Unicode.Scalar) {
    if scalar.value < 0x80 {
      append(UInt8(scalar.value))
    } else {
      append(contentsOf: UTF8.encode(scalar)!)
    }
  }
}
