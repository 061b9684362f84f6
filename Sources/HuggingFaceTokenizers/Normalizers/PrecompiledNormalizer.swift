internal import Foundation

/// SentencePiece's compiled character map: replacements of characters and short clusters of characters.
///
/// The map is a double-array trie (Aoe 1989, in the layout of the Darts-clone library) followed by the replacements,
/// each terminated by a zero byte.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// Decodes the Base64 of a file.
  init(_ field: JSONField) throws {
    guard let data = Data(base64Encoded: try field.text()).map({ [UInt8]($0) }), data.count >= 4 else {
      throw field.fault("should hold a character map in Base64")
    }
    let size = Int(CharacterMap.integer(data, at: 0))
    guard size % 4 == 0, size >= 4, size <= data.count - 4 else {
      throw field.fault("announces a trie of \(size) bytes in a character map of \(data.count) bytes")
    }
    units = (0..<size / 4).map { CharacterMap.integer(data, at: 4 + 4 * $0) }
    replacements = Array(data[(4 + size)...])
    guard isValidUTF8(replacements[...]) else { throw field.fault("holds replacements that are not UTF-8") }
  }

  private static func integer(_ data: [UInt8], at index: Int) -> UInt32 {
    UInt32(data[index]) | UInt32(data[index + 1]) << 8 | UInt32(data[index + 2]) << 16 | UInt32(data[index + 3]) << 24
  }

  /// The replacement of the shortest prefix of a cluster that the map knows; `nil` where it knows none.
  ///
  /// The shortest, because the library that published tokenizers were trained with looks for no longer one.
  func replacement(for cluster: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var index = offset(of: units[0])
    for byte in cluster {
      if byte == 0 { return nil }
      index ^= Int(byte)
      guard index < units.count else { return nil }
      let unit = units[index]
      guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
      index ^= offset(of: unit)
      if unit >> 8 & 1 == 1 {
        guard index < units.count else { return nil }
        return text(at: Int(units[index] & 0x7FFF_FFFF))
      }
    }
    return nil
  }

  private func offset(of unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 0x200) >> 6) }

  private func text(at start: Int) -> ArraySlice<UInt8>? {
    // An offset inside a character can only come from a damaged map.
    guard start < replacements.count, replacements[start] & 0xC0 != 0x80 else { return nil }
    let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
    return replacements[start..<end]
  }
}

/// Replaces characters by a compiled character map.
struct PrecompiledNormalizer: Normalizer {
  var map: CharacterMap
  /// Clusters may contain a space and the character before it, which is checked where a text is to be cut.
  var scope: NormalizerScope { .words }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    var result: [UInt8] = []
    result.reserveCapacity(piece.text.count)
    for cluster in piece.text.string {
      let bytes = Array(cluster.utf8)[...]
      // The map has no longer clusters; they are looked up character by character.
      if bytes.count < 6, let replacement = map.replacement(for: bytes) {
        result.append(contentsOf: replacement)
        continue
      }
      var index = 0
      while index < bytes.count {
        let character = bytes[index..<index + bytes.scalarLength(at: index)]
        result.append(contentsOf: map.replacement(for: character) ?? character)
        index = character.endIndex
      }
    }
    piece.text = result[...]
  }
}
