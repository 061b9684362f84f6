import ModelBackends
import Testing

/// The table of well-formed characters, compared with the standard library's decoder.
@Suite struct UTF8CharacterTests {
  /// Returns whether bytes are exactly one character, as the standard library reads them.
  private func isCharacter(_ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self)?.unicodeScalars.count == 1
  }

  @Test func everyStartOfTwoBytesIsWholeOrIncompleteAsTheDecoderSays() {
    for first in UInt8.min...UInt8.max {
      for second in UInt8.min...UInt8.max {
        let bytes = [first, second]
        #expect((UTF8Character.length(in: bytes, at: 0) == 2) == isCharacter(bytes), "\(bytes)")
        let isBeginning = isCharacter(bytes + [0x80]) || isCharacter(bytes + [0x80, 0x80])
        #expect(UTF8Character.isIncomplete(bytes[...]) == isBeginning, "\(bytes)")
      }
    }
  }

  @Test func everyCharacterHasItsLength() {
    for value in stride(from: UInt32(0), through: 0x10FFFF, by: 37) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let bytes = Array(String(Character(scalar)).utf8)
      #expect(UTF8Character.length(in: [0xFF] + bytes, at: 1) == bytes.count)
      for cut in 1..<max(bytes.count, 1) {
        #expect(UTF8Character.length(in: Array(bytes[..<cut]), at: 0) == 0)
        #expect(UTF8Character.isIncomplete(bytes[..<cut]))
      }
      #expect(!UTF8Character.isIncomplete(bytes[...]))
    }
  }
}
