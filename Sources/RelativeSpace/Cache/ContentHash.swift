import LinearAlgebra

/// A 128-bit content hash: XXH64 with two seeds.
struct ContentHash: Sendable, Hashable {
  var first: UInt64
  var second: UInt64

  init(first: UInt64, second: UInt64) {
    self.first = first
    self.second = second
  }

  /// The hash of some bytes.
  init(of bytes: UnsafeRawBufferPointer) {
    first = XXH64.hash(bytes, seed: 0)
    second = XXH64.hash(bytes, seed: 0x9e37_79b9_7f4a_7c15)
  }

  /// 32 hexadecimal digits.
  var digits: String {
    [first, second].map { number in
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// Combines several values into one hash, in their order.
struct ContentHasher {
  private var words: [UInt64] = []

  mutating func combine(_ number: Int) { words.append(UInt64(bitPattern: Int64(number))) }

  mutating func combine(_ number: Float) { words.append(UInt64(number.bitPattern)) }

  mutating func combine(_ hash: ContentHash) { words += [hash.first, hash.second] }

  mutating func combine(_ bytes: UnsafeRawBufferPointer) {
    combine(bytes.count)
    combine(ContentHash(of: bytes))
  }

  mutating func combine(_ text: String) {
    Array(text.utf8).withUnsafeBytes { combine($0) }
  }

  /// The hash of all combined values.
  var hash: ContentHash { words.withUnsafeBytes { ContentHash(of: $0) } }
}
