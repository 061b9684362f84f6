/// The form of the characters that begin with a byte in well-formed UTF-8 (Unicode 16, table 3-7).
package struct UTF8Character {
  /// The number of bytes of the character, including the first.
  package let length: Int
  /// The range of its second byte: overlong forms, surrogates and values beyond Unicode are excluded.
  private let second: ClosedRange<UInt8>

  /// The character that a byte begins; `nil` where it begins none.
  package init?(leadingWith byte: UInt8) {
    switch byte {
    case 0x00...0x7F: (length, second) = (1, 0x80...0xBF)
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
  }

  /// The length of the whole character that begins at an index; 0 where none does.
  package static func length(in bytes: [UInt8], at index: Int) -> Int {
    guard let character = UTF8Character(leadingWith: bytes[index]) else { return 0 }
    let end = index + character.length
    return end <= bytes.count && character.continues(with: bytes[index + 1..<end]) ? character.length : 0
  }

  /// The whole character that begins at an index; `nil` where none does.
  package static func scalar(at index: Int, of bytes: [UInt8]) -> Unicode.Scalar? {
    guard bytes.indices.contains(index) else { return nil }
    let length = length(in: bytes, at: index)
    return length > 0 ? String(decoding: bytes[index..<index + length], as: UTF8.self).unicodeScalars.first : nil
  }

  /// The whole character that ends before an index; `nil` where none does.
  package static func scalar(before index: Int, of bytes: [UInt8]) -> Unicode.Scalar? {
    let start = (1...4).lazy.map { index - $0 }.first { $0 >= 0 && bytes[$0] & 0b1100_0000 != 0b1000_0000 }
    guard let start, start + length(in: bytes, at: start) == index else { return nil }
    return scalar(at: start, of: bytes)
  }

  /// Returns whether bytes are the beginning of a character, but not all of it.
  package static func isIncomplete(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let lead = bytes.first, let character = UTF8Character(leadingWith: lead) else { return false }
    return bytes.count < character.length && character.continues(with: bytes.dropFirst())
  }

  /// Returns whether bytes may follow the first one.
  private func continues(with rest: ArraySlice<UInt8>) -> Bool {
    guard let next = rest.first else { return true }
    return second.contains(next) && rest.dropFirst().allSatisfy { 0x80...0xBF ~= $0 }
  }
}
