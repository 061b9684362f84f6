import LinearAlgebra

/// A stored content hash of an origin.
struct DigestRecord {
  var key: ContentHash
  var sample: ContentHash
  var content: ContentHash

  /// The version of the record format; increased when the format or the hashed data changes.
  static let version = 1
  /// The size of a record in bytes.
  static let byteCount = words * 8
  private static let words = 9
  private static let magic = UInt64(0x4445_4550_4e4f_5445)

  static func name(of key: ContentHash) -> String { key.digits + CacheFolder.Kind.digest.ending }

  init(key: ContentHash, sample: ContentHash, content: ContentHash) {
    self.key = key
    self.sample = sample
    self.content = content
  }

  /// Reads a record; `nil` where it is not valid.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    let words = bytes.withUnsafeBytes { bytes in
      (0..<Self.words).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
    guard words[0] == Self.magic, words[1] == UInt64(Self.version), words[8] == Self.checksum(words.dropLast()) else {
      return nil
    }
    key = ContentHash(first: words[2], second: words[3])
    sample = ContentHash(first: words[4], second: words[5])
    content = ContentHash(first: words[6], second: words[7])
  }

  /// The record's serialised form.
  var bytes: [UInt8] {
    var words = [Self.magic, UInt64(Self.version)]
    for hash in [key, sample, content] { words += [hash.first, hash.second] }
    words.append(Self.checksum(words[...]))
    return words.withUnsafeBytes { Array($0) }
  }

  private static func checksum(_ words: ArraySlice<UInt64>) -> UInt64 {
    words.withUnsafeBytes { XXH64.hash($0) }
  }
}
