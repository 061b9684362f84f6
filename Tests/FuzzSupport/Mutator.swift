import LinearAlgebra

/// Damages files, reproducibly for a seed, and mostly so that a reader gets far before it notices.
package struct Mutator {
  private var random: SplitMix64

  package init(seed: UInt64) {
    random = SplitMix64(seed: seed)
  }

  /// A damaged form of a parsed file. The parts are modified.
  package mutating func damage(_ file: Part) -> [UInt8] {
    // Most files have one fault, and one in four has its bytes damaged as well, or nothing else.
    let isFlat = chance(1, in: 4)
    if !isFlat || chance(1, in: 2) {
      for _ in 0..<(chance(2, in: 3) ? 1 : Int.random(in: 2...4, using: &random)) { change(file) }
    }
    var bytes = file.encoded()
    if isFlat { changeBytes(&bytes) }
    return bytes
  }

  private mutating func chance(_ share: Int, in whole: Int) -> Bool {
    Int.random(in: 0..<whole, using: &random) < share
  }

  // MARK: - Pieces

  /// A random part for the next change, with its parent. Every level is as likely as the one above, so that a long list
  /// of tokens gets no more changes than a single number beside it.
  private mutating func choose(in file: Part) -> (parent: Part, index: Int)? {
    var parent = file
    guard var index = child(of: parent) else { return nil }
    while !parent.children[index].children.isEmpty, chance(5, in: 6) {
      let next = parent.children[index]
      guard let inner = child(of: next) else { break }
      (parent, index) = (next, inner)
    }
    return (parent, index)
  }

  private mutating func child(of parent: Part) -> Int? {
    let weights = parent.children.map(\.weight)
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return nil }
    var remaining = Int.random(in: 0..<sum, using: &random)
    for (index, weight) in weights.enumerated() {
      if remaining < weight { return index }
      remaining -= weight
    }
    return nil
  }

  private mutating func change(_ file: Part) {
    guard let (parent, index) = choose(in: file) else { return }
    let part = parent.children[index]
    if chance(1, in: 5) {
      rearrange(parent, at: index, from: file)
      return
    }
    switch part.kind {
    case .number(let width):
      part.value = number(part.counts.map { UInt64($0.children.count) } ?? part.value, width: width, from: file)
      part.counts = nil
    case .varint: part.value = number(part.value, width: 8, from: file)
    case .digits: part.bytes = digits(part.bytes)
    case .bytes:
      // A copy, because the part itself may be the source of the bytes.
      var bytes = part.bytes
      changeBytes(&bytes, whole: file)
      part.bytes = bytes
    case .sized, .counted:
      if chance(1, in: 2) {
        part.claim = number(UInt64(part.children.count), width: 8, from: file)
      } else {
        rearrange(part, from: file)
      }
    case .group, .padding: rearrange(part, from: file)
    }
  }

  /// Removes, duplicates, swaps, replaces or nests a part.
  private mutating func rearrange(_ parent: Part, at index: Int? = nil, from file: Part) {
    guard !parent.children.isEmpty else { return }
    let index = index ?? Int.random(in: parent.children.indices, using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0, 1: parent.children.remove(at: index)
    case 2: parent.children.insert(parent.children[index].copy(), at: index)
    case 3: parent.children.swapAt(index, Int.random(in: parent.children.indices, using: &random))
    case 4, 5:
      guard let (other, inner) = choose(in: file) else { return }
      parent.children[index] = other.children[inner].copy()
    case 6:
      // At most a hundred thousand bytes or parts: the test is of the reader, not of memory.
      let part = parent.children[index]
      let limit = min(200, 100_000 / max(part.encoded().count, part.count))
      let copies = (0..<Int.random(in: 1...max(1, limit), using: &random)).map { _ in part.copy() }
      parent.children.insert(contentsOf: copies, at: index)
    default:
      // Deeper than any valid file, within the limits of recursive encoding.
      var nested = parent.children[index]
      for _ in 0..<Int.random(in: 1...300, using: &random) { nested = Part(parent.kind, children: [nested]) }
      parent.children[index] = nested
    }
  }

  // MARK: - Numbers

  /// A number that a reader may not expect: an end of its range, a neighbour, a real number's special values, or a
  /// number from elsewhere in the file.
  private mutating func number(_ value: UInt64, width: Int, from file: Part) -> UInt64 {
    let bits = UInt64(8 * width)
    switch Int.random(in: 0..<14, using: &random) {
    case 0: return 0
    case 1: return 1
    case 2: return .max
    case 3: return 1 << (bits - 1)
    case 4: return (1 << (bits - 1)) - 1
    case 5: return value &+ 1
    case 6: return value &- 1
    case 7: return value &* 2
    case 8: return value / 2
    case 9: return value ^ (1 << UInt64.random(in: 0..<bits, using: &random))
    case 10: return UInt64.random(in: 0...64, using: &random)
    case 11: return UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0..<64, using: &random)
    case 12:
      let special: [Float] = [.nan, .infinity, -.infinity, -1, 0.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
      return UInt64(special.randomElement(using: &random)!.bitPattern)
    default:
      guard let (parent, index) = choose(in: file) else { return 0 }
      return parent.children[index].value
    }
  }

  private mutating func digits(_ text: [UInt8]) -> [UInt8] {
    let numbers = [
      "0", "1", "-1", "2", "255", "256", "65536", "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296",
      "1000000000", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
      "99999999999999999999999", "0.5", "-0", "1e308", "1e-400", "1e999", "1E", "NaN", "",
    ]
    if chance(1, in: 4), let value = Int(String(decoding: text, as: UTF8.self)) {
      return Array(String(value &+ Int.random(in: -2...2, using: &random)).utf8)
    }
    return Array(numbers.randomElement(using: &random)!.utf8)
  }

  // MARK: - Bytes

  /// Flips, sets, truncates, duplicates or removes bytes; or copies others, where there is a file to copy from.
  private mutating func changeBytes(_ bytes: inout [UInt8], whole file: Part? = nil) {
    if let file, chance(1, in: 4) {
      if chance(1, in: 8) {
        // A text much longer than any valid one.
        bytes = Array(repeating: bytes.first ?? UInt8(ascii: "["), count: Int.random(in: 1...100_000, using: &random))
      } else if let (parent, index) = choose(in: file), !parent.children[index].bytes.isEmpty {
        bytes = parent.children[index].bytes
      }
      return
    }
    guard !bytes.isEmpty else {
      bytes = [UInt8.random(in: 0...255, using: &random)]
      return
    }
    let offset = self.offset(in: bytes)
    let length = min(Int.random(in: 1...(chance(1, in: 4) ? 512 : 12), using: &random), bytes.count - offset)
    let range = offset..<offset + length
    switch Int.random(in: 0..<9, using: &random) {
    case 0: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: bytes[offset] = UInt8.random(in: 0...255, using: &random)
    case 2: bytes[offset] = Array("abcxyzABC0129[](){}|*+?\\,:\"".utf8).randomElement(using: &random)!
    case 3: bytes.removeSubrange(offset...)
    case 4: bytes.removeSubrange(range)
    case 5: bytes.insert(contentsOf: bytes[range], at: offset)
    case 6: for index in range { bytes[index] = 0xff }
    case 7: for index in range { bytes[index] = 0 }
    default:
      let source = min(self.offset(in: bytes), bytes.count - length)
      bytes.replaceSubrange(range, with: Array(bytes[source..<source + length]))
    }
  }

  /// A random offset in some bytes; as likely near their beginning, where headers are, as anywhere.
  private mutating func offset(in bytes: [UInt8]) -> Int {
    let near = chance(1, in: 2) ? min(bytes.count, 1500) : bytes.count
    return Int.random(in: 0..<near, using: &random)
  }
}
