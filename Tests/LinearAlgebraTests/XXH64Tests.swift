import LinearAlgebra
import Testing

struct XXH64Tests {
  /// Values on which xxHash's own checks and other implementations agree.
  @Test(
    arguments: [
      ("", 0xef46_db37_51d8_e999), ("a", 0xd24e_c4f1_a98c_6e5b), ("as", 0x1c33_0fb2_d66b_e179),
      ("asd", 0x631c_37ce_72a9_7393), ("asdf", 0x4158_72f5_99ce_a71e), ("abc", 0x44bc_2cf5_ad77_0999),
      ("Call me Ishmael. Some years ago--never mind how long precisely-", 0x02a2_e854_70d6_fd96),
    ] as [(String, UInt64)])
  func publishedTexts(text: String, expected: UInt64) {
    #expect(hash(Array(text.utf8)) == expected)
  }

  @Test(
    arguments: [
      (0, 0xef46_db37_51d8_e999, 0xac75_fda2_929b_17ef), (1, 0x4fce_394c_c889_52d8, 0x7398_40cb_819f_a723),
      (14, 0xcffa_8db8_81bc_3a3d, 0x5b96_1158_5efc_c9cb), (222, 0x9dd5_0788_0deb_b03d, 0xdc51_5172_b8ee_0600),
    ] as [(Int, UInt64, UInt64)])
  func publishedSequence(length: Int, unseeded: UInt64, seeded: UInt64) {
    let prime: UInt32 = 2_654_435_761
    var state = prime
    let bytes = (0..<length).map { _ in
      defer { state &*= state }
      return UInt8(state >> 24)
    }
    #expect(hash(bytes) == unseeded)
    #expect(hash(bytes, seed: UInt64(prime)) == seeded)
  }

  /// Every length through several rounds of 32 bytes, at every offset relative to the words of memory.
  @Test func everyLengthAsThePlainFormulas() {
    var generator = SplitMix64(seed: 1)
    let bytes = (0..<600).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for length in 0...300 {
      let start = length % 9
      let part = Array(bytes[start..<start + length])
      let seed = generator.next()
      let found = bytes.withUnsafeBytes {
        XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[start..<start + length]), seed: seed)
      }
      #expect(found == Self.plain(part, seed: seed), "\(length) bytes")
    }
  }

  private func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { XXH64.hash($0, seed: seed) }
  }

  /// The specification's steps, byte by byte.
  private static func plain(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
    let primes: [UInt64] = [
      11_400_714_785_074_694_791, 14_029_467_366_897_019_727, 1_609_587_929_392_839_161, 9_650_029_242_287_828_579,
      2_870_177_450_012_600_261,
    ]
    func turn(_ x: UInt64, _ bits: Int) -> UInt64 { x << bits | x >> (64 - bits) }
    func word(_ start: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * $1) }
    }
    func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
      turn(lane &+ input &* primes[1], 31) &* primes[0]
    }
    var index = 0
    var sum = seed &+ primes[4]
    if bytes.count >= 32 {
      var lanes = [seed &+ primes[0] &+ primes[1], seed &+ primes[1], seed, seed &- primes[0]]
      while bytes.count - index >= 32 {
        for lane in 0..<4 { lanes[lane] = round(lanes[lane], word(index + 8 * lane, 8)) }
        index += 32
      }
      sum = zip(lanes, [1, 7, 12, 18]).reduce(0) { $0 &+ turn($1.0, $1.1) }
      for lane in lanes { sum = (sum ^ round(0, lane)) &* primes[0] &+ primes[3] }
    }
    sum &+= UInt64(bytes.count)
    while bytes.count - index >= 8 {
      sum = turn(sum ^ round(0, word(index, 8)), 27) &* primes[0] &+ primes[3]
      index += 8
    }
    if bytes.count - index >= 4 {
      sum = turn(sum ^ word(index, 4) &* primes[0], 23) &* primes[1] &+ primes[2]
      index += 4
    }
    for byte in bytes[index...] { sum = turn(sum ^ UInt64(byte) &* primes[4], 11) &* primes[0] }
    sum = (sum ^ sum >> 33) &* primes[1]
    sum = (sum ^ sum >> 29) &* primes[2]
    return sum ^ sum >> 32
  }
}
