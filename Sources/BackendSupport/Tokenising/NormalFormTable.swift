/// The character properties of the normalisation forms, ready for look-up.
struct NormalFormTable: Sendable {
  /// Built once, when the first text needs it.
  static let shared = NormalFormTable()

  /// The properties of one character.
  private struct Entry {
    var combiningClass: UInt8 = 0
    /// Whether it is the second of any pair that is composed.
    var composesBackwards = false
    /// The start of its full decompositions in `targets`, and their lengths in characters; 0 for none.
    var canonical: (start: UInt16, count: UInt8) = (0, 0)
    var compatible: (start: UInt16, count: UInt8) = (0, 0)
  }

  private static let blockBits: UInt32 = 7
  /// The block of entries of each 128 characters; block 0 is that of characters without any.
  private var blocks: [UInt16]
  private var entries: [Entry]
  private var targets: [UInt32] = []
  private var composites: [UInt64: UInt32] = [:]

  private init() {
    blocks = Array(repeating: 0, count: 0x110000 >> Int(Self.blockBits))
    entries = Array(repeating: Entry(), count: 1 << Int(Self.blockBits))
    var numbers = NormalFormNumbers(NormalFormData.classes)
    var code: UInt32 = 0
    while let gap = numbers.next() {
      code += gap
      let end = code + numbers.next()! + 1
      let combiningClass = UInt8(numbers.next()!)
      for member in code..<end { update(member) { $0.combiningClass = combiningClass } }
      code = end
    }
    let excluded = Set(NormalFormNumbers.codePoints(NormalFormData.excluded))
    let canonical = NormalFormNumbers.mappings(NormalFormData.canonical)
    let compatible = NormalFormNumbers.mappings(NormalFormData.compatible)
    addCanonical(canonical, excluded: excluded)
    addCompatible(compatible, canonical: canonical)
  }

  private mutating func addCanonical(_ mappings: [UInt32: [UInt32]], excluded: Set<UInt32>) {
    for (code, parts) in mappings {
      let range = append(expanded(code) { mappings[$0] })
      update(code) { $0.canonical = range }
      guard parts.count == 2, !excluded.contains(code) else { continue }
      composites[UInt64(parts[0]) << 32 | UInt64(parts[1])] = code
      update(parts[1]) { $0.composesBackwards = true }
    }
  }

  private mutating func addCompatible(_ mappings: [UInt32: [UInt32]], canonical: [UInt32: [UInt32]]) {
    for code in Set(mappings.keys).union(canonical.keys) {
      let range = append(expanded(code) { mappings[$0] ?? canonical[$0] })
      update(code) { $0.compatible = range }
    }
  }

  private func expanded(_ code: UInt32, by step: (UInt32) -> [UInt32]?) -> [UInt32] {
    step(code)?.flatMap { expanded($0, by: step) } ?? [code]
  }

  private mutating func append(_ scalars: [UInt32]) -> (start: UInt16, count: UInt8) {
    defer { targets += scalars }
    return (UInt16(targets.count), UInt8(scalars.count))
  }

  private mutating func update(_ code: UInt32, _ change: (inout Entry) -> Void) {
    let block = Int(code >> Self.blockBits)
    let size = 1 << Int(Self.blockBits)
    if blocks[block] == 0 {
      blocks[block] = UInt16(entries.count / size)
      entries.append(contentsOf: repeatElement(Entry(), count: size))
    }
    change(&entries[Int(blocks[block]) * size + Int(code) & (size - 1)])
  }

  @inline(__always)
  private func entry(of scalar: UInt32) -> Entry {
    let block = Int(blocks[Int(scalar >> Self.blockBits)])
    return entries[block << Int(Self.blockBits) | Int(scalar) & (1 << Int(Self.blockBits) - 1)]
  }

  /// The canonical combining class; 0 for a starter.
  @inline(__always)
  func combiningClass(of scalar: UInt32) -> UInt8 {
    scalar < 0x300 ? 0 : entry(of: scalar).combiningClass
  }

  /// Appends a character's full decomposition.
  @inline(__always)
  func decompose(_ scalar: UInt32, isCompatible: Bool, into scalars: inout [UInt32]) {
    if Hangul.syllables.contains(scalar) { return Hangul.decompose(scalar, into: &scalars) }
    let entry = scalar < 0xA0 ? Entry() : entry(of: scalar)
    let (start, count) = isCompatible ? entry.compatible : entry.canonical
    if count == 0 {
      scalars.append(scalar)
    } else {
      scalars.append(contentsOf: targets[Int(start)..<Int(start) + Int(count)])
    }
  }

  /// The character that a pair is composed to.
  @inline(__always)
  func composite(of first: UInt32, _ second: UInt32) -> UInt32? {
    if second < 0x300 { return nil }
    if let syllable = Hangul.composite(of: first, second) { return syllable }
    guard entry(of: second).composesBackwards else { return nil }
    return composites[UInt64(first) << 32 | UInt64(second)]
  }
}

/// Korean syllables and the letters that they consist of (Unicode, section 3.12).
private enum Hangul {
  static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
  private static let leading: Range<UInt32> = 0x1100..<0x1113
  private static let vowels: Range<UInt32> = 0x1161..<0x1176
  /// The first one represents the absence of a trailing consonant.
  private static let trailing: Range<UInt32> = 0x11A7..<0x11C3
  private static let vowelCount = UInt32(vowels.count)
  private static let trailingCount = UInt32(trailing.count)

  static func decompose(_ syllable: UInt32, into scalars: inout [UInt32]) {
    let index = syllable - syllables.lowerBound
    scalars.append(leading.lowerBound + index / (vowelCount * trailingCount))
    scalars.append(vowels.lowerBound + index / trailingCount % vowelCount)
    if index % trailingCount > 0 { scalars.append(trailing.lowerBound + index % trailingCount) }
  }

  static func composite(of first: UInt32, _ second: UInt32) -> UInt32? {
    if leading.contains(first), vowels.contains(second) {
      let index = (first - leading.lowerBound) * vowelCount + second - vowels.lowerBound
      return syllables.lowerBound + index * trailingCount
    }
    guard syllables.contains(first), (first - syllables.lowerBound) % trailingCount == 0,
      trailing.dropFirst().contains(second)
    else { return nil }
    return first + second - trailing.lowerBound
  }
}

/// Integers that are stored as text.
private struct NormalFormNumbers {
  private var digits: ArraySlice<UInt8>

  init(_ text: StaticString) {
    digits = text.withUTF8Buffer { Array($0) }[...]
  }

  /// The value of each digit; 64 for other characters, such as a line feed.
  private static let values: [UInt8] = NormalFormData.digits.withUTF8Buffer { digits in
    var values = Array(repeating: UInt8(64), count: 128)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }

  mutating func next() -> UInt32? {
    var number: UInt32?
    var shift: UInt32 = 0
    while let digit = digits.popFirst() {
      let value = Self.values[Int(digit)]
      if value == 64 { continue }
      number = (number ?? 0) | UInt32(value & 31) << shift
      if value < 32 { break }
      shift += 5
    }
    return number
  }

  static func codePoints(_ text: StaticString) -> [UInt32] {
    var numbers = NormalFormNumbers(text)
    var codes: [UInt32] = []
    while let gap = numbers.next() { codes.append((codes.last.map { $0 + 1 } ?? 0) + gap) }
    return codes
  }

  static func mappings(_ text: StaticString) -> [UInt32: [UInt32]] {
    var numbers = NormalFormNumbers(text)
    var mappings: [UInt32: [UInt32]] = [:]
    var code: UInt32 = 0
    var last: Int64 = 0
    while let gap = numbers.next() {
      code += gap
      let parts = (0..<numbers.next()!).map { _ in
        let number = Int64(numbers.next()!)
        last += number & 1 == 0 ? number / 2 : -(number + 1) / 2
        return UInt32(last)
      }
      mappings[code] = parts
      last = Int64(parts[0])
      code += 1
    }
    return mappings
  }
}
