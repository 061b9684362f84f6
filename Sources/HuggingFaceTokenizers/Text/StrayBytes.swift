internal import ModelBackends

/// Bytes of a text that are part of no character, represented by characters that the text does not use.
///
/// A text may begin or end inside a character. All steps of a tokenizer work on characters, so each stray byte is
/// replaced by a private-use scalar (`base + byte − 128`) at first and restored by the model. No normaliser changes
/// private-use scalars, and no published pattern matches them as letters, digits or spaces.
struct StrayBytes: Sendable, Equatable {
  /// The scalar that represents the byte 0x80.
  let base: UInt32

  /// The byte that a scalar represents.
  @inline(__always)
  func byte(of scalar: UInt32) -> UInt8? {
    scalar >= base && scalar < base + 128 ? UInt8(scalar - base + 0x80) : nil
  }

  /// Converts any bytes to valid UTF-8.
  ///
  /// - Returns: The text, and the representation of its stray bytes; `nil` where it has none.
  /// - Complexity: O(number of bytes).
  static func replaced(in bytes: [UInt8]) -> (text: [UInt8], strays: StrayBytes?) {
    if isValidUTF8(bytes[...]) { return (bytes, nil) }
    let strays = StrayBytes(base: unusedBlock(in: bytes))
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + 16)
    var index = 0
    while index < bytes.count {
      let length = UTF8Character.length(in: bytes, at: index)
      if length > 0 {
        text.append(contentsOf: bytes[index..<index + length])
        index += length
      } else {
        text.append(Unicode.Scalar(strays.base + UInt32(bytes[index]) - 0x80)!)
        index += 1
      }
    }
    return (text, strays)
  }

  /// Returns whether a text holds stray bytes.
  func occur(in text: ArraySlice<UInt8>) -> Bool {
    var index = text.startIndex
    while index < text.endIndex {
      let (value, length) = text.scalar(at: index)
      if byte(of: value) != nil { return true }
      index += length
    }
    return false
  }

  /// A text with its stray bytes restored.
  func restored(_ text: ArraySlice<UInt8>) -> [UInt8] {
    text.mappingScalars { scalar, result in
      if let byte = byte(of: scalar.value) { result.append(byte) } else { result.append(scalar) }
    }
  }

  /// The start of 128 private-use scalars (plane 16, then 15) that do not occur in a text.
  private static func unusedBlock(in bytes: [UInt8]) -> UInt32 {
    var used = Set<UInt32>()
    var index = 0
    while index < bytes.count {
      let length = UTF8Character.length(in: bytes, at: index)
      if length == 4 { used.insert(bytes.scalar(at: index).value >> 7) }
      index += max(length, 1)
    }
    // A text that uses all 512 blocks of plane 16 and those of plane 15 is no real text; the last block is reused then.
    let blocks = stride(from: UInt32(0x10FE00), through: 0xF0000, by: -128)
    return blocks.first { !used.contains($0 >> 7) } ?? 0xF0000
  }
}
