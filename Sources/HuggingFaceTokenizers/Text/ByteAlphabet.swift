/// The alphabet of byte-level vocabularies: a visible character for each of the 256 bytes (GPT-2, Radford et al. 2019).
///
/// Printable bytes of Latin-1 represent themselves; the others are numbered from U+0100 on, in their order.
enum ByteAlphabet {
  /// The scalar of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt32(0)..<256).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)!
      default:
        defer { next += 1 }
        return Unicode.Scalar(next)!
      }
    }
  }()

  /// The UTF-8 of each byte's scalar, packed: the first byte in the low bits, the second above it or 0.
  private static let encoded: [UInt16] = scalars.map { scalar in
    let bytes = Array(UTF8.encode(scalar)!)
    return UInt16(bytes[0]) | (bytes.count == 2 ? UInt16(bytes[1]) << 8 : 0)
  }

  private static let byteOfScalar: [UInt32: UInt8] = Dictionary(
    uniqueKeysWithValues: scalars.enumerated().map { ($1.value, UInt8($0)) })

  /// The bytes of a text, each as its character.
  static func spelling(of text: ArraySlice<UInt8>, strays: StrayBytes?) -> [UInt8] {
    let encoded = encoded
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 4)
    func append(_ byte: UInt8) {
      let pair = encoded[Int(byte)]
      result.append(UInt8(truncatingIfNeeded: pair))
      if pair > 0xFF { result.append(UInt8(truncatingIfNeeded: pair >> 8)) }
    }
    guard let strays else {
      for byte in text { append(byte) }
      return result
    }
    var index = text.startIndex
    while index < text.endIndex {
      let (value, length) = text.scalar(at: index)
      if let byte = strays.byte(of: value) {
        append(byte)
      } else {
        for byte in text[index..<index + length] { append(byte) }
      }
      index += length
    }
    return result
  }

  /// The bytes that a spelling represents; `nil` where it contains a character outside the alphabet.
  static func bytes(of spelling: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(spelling.count)
    var index = spelling.startIndex
    while index < spelling.endIndex {
      let (value, length) = spelling.scalar(at: index)
      guard let byte = byteOfScalar[value] else { return nil }
      result.append(byte)
      index += length
    }
    return result
  }
}
