import LinearAlgebra

/// The header of a built alignment's file.
///
/// 64-bit words in the machine's own byte order: magic, version, a byte-order mark, the layout, the key, the build's
/// diagnostics, a checksum for each stripe of the bytes that follow, and one of all words before it.
struct AlignmentHeader {
  var key: ContentHash
  var layout: FactoredLayout
  var diagnostics: CosineAlignment.Diagnostics
  var computedRowErrors: ComputedRowErrors
  /// The checksum of each stripe.
  var checksums: [UInt64]

  /// The version of the file format; increased when the format changes.
  static let version: UInt64 = 3
  private static let magic: UInt64 = 0x4445_4550_454e_414c
  private static let orderMark: UInt64 = 0x0102_0304_0506_0708
  /// The number of words before the checksums.
  private static let fixedWords = 17
  /// The number of bytes that each checksum covers.
  static let stripeLength = 1 << 22

  /// The size in bytes of the part that has the same length in all files.
  static let fixedLength = fixedWords * 8

  /// The number of stripes of an alignment.
  private static func stripes(of layout: FactoredLayout) -> Int {
    (layout.byteCount + stripeLength - 1) / stripeLength
  }

  /// The size of the header in bytes: a multiple of 64, so that the data after it is aligned as in memory.
  static func length(for layout: FactoredLayout) -> Int {
    (fixedLength + (stripes(of: layout) + 1) * 8 + 63) / 64 * 64
  }

  /// The header as it is written.
  var bytes: [UInt8] {
    let sizes = [
      layout.tokens, layout.anchors, layout.dimension, layout.entries, layout.sharedRows, layout.quantisedRows,
    ]
    let findings = [diagnostics.zeroRows, diagnostics.nonFiniteRows, diagnostics.anchorsWithoutDirection]
    var words = [Self.magic, Self.version, Self.orderMark] + sizes.map { UInt64($0) } + [key.first, key.second]
    words += findings.map { UInt64($0) } + Self.words(computedRowErrors) + [UInt64(Self.stripeLength)]
    precondition(words.count == Self.fixedWords, "The header's form has \(Self.fixedWords) words.")
    words += checksums
    words += Array(repeating: 0, count: Self.length(for: layout) / 8 - 1 - words.count)
    words.append(words.withUnsafeBytes { XXH64.hash($0) })
    return words.withUnsafeBytes { Array($0) }
  }

  /// Damage of a file.
  struct Damage: Error {
    var problem: String
  }

  /// Reads the layout from the first ``fixedLength`` bytes.
  ///
  /// - Throws: ``Damage`` where they are not the beginning of a file in this format.
  static func layout(_ bytes: [UInt8]) throws(Damage) -> FactoredLayout {
    guard bytes.count >= fixedLength else { throw Damage(problem: "is cut short") }
    let words = words(bytes)
    guard words[0] == magic || words[0] == magic.byteSwapped else { throw Damage(problem: "is no alignment") }
    guard words[0] == magic, words[2] == orderMark else {
      throw Damage(problem: "was written by a machine with another order of bytes")
    }
    guard words[1] == version else { throw Damage(problem: "has the form \(words[1]), not \(version)") }
    let sizes = words[3..<9].compactMap { Int(exactly: $0) }
    guard sizes.count == 6 else { throw Damage(problem: "has sizes that cannot be") }
    let layout = FactoredLayout(
      tokens: sizes[0], anchors: sizes[1], dimension: sizes[2], entries: sizes[3], sharedRows: sizes[4],
      quantisedRows: sizes[5])
    guard layout.isPlausible, words[16] == UInt64(stripeLength) else {
      throw Damage(problem: "has sizes that cannot be")
    }
    return layout
  }

  /// Reads a header.
  ///
  /// - Throws: ``Damage`` where it differs from what was written.
  init(_ bytes: [UInt8], layout: FactoredLayout) throws(Damage) {
    guard bytes.count == Self.length(for: layout) else { throw Damage(problem: "is cut short") }
    let words = Self.words(bytes)
    let sum = bytes.withUnsafeBytes { XXH64.hash(UnsafeRawBufferPointer(rebasing: $0.dropLast(8))) }
    guard words.last == sum else { throw Damage(problem: "has a header with a wrong checksum") }
    guard let zero = Int(exactly: words[11]), let notFinite = Int(exactly: words[12]),
      let withoutDirection = Int(exactly: words[13])
    else { throw Damage(problem: "has counts that cannot be") }
    self.layout = layout
    key = ContentHash(first: words[9], second: words[10])
    diagnostics = CosineAlignment.Diagnostics()
    diagnostics.zeroRows = zero
    diagnostics.nonFiniteRows = notFinite
    diagnostics.anchorsWithoutDirection = withoutDirection
    computedRowErrors = Self.computedRowErrors(words[14], words[15])
    checksums = Array(words[Self.fixedWords..<Self.fixedWords + Self.stripes(of: layout)])
  }

  private static func words(_ errors: ComputedRowErrors) -> [UInt64] {
    [UInt64(errors.coarse.bitPattern) << 32 | UInt64(errors.middle.bitPattern), UInt64(errors.fine.bitPattern)]
  }

  private static func computedRowErrors(_ first: UInt64, _ second: UInt64) -> ComputedRowErrors {
    ComputedRowErrors(
      coarse: Float(bitPattern: UInt32(first >> 32)), middle: Float(bitPattern: UInt32(truncatingIfNeeded: first)),
      fine: Float(bitPattern: UInt32(truncatingIfNeeded: second)))
  }

  private static func words(_ bytes: [UInt8]) -> [UInt64] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
  }

  init(
    key: ContentHash, layout: FactoredLayout, diagnostics: CosineAlignment.Diagnostics,
    computedRowErrors: ComputedRowErrors,
    checksums: [UInt64]
  ) {
    self.key = key
    self.layout = layout
    self.diagnostics = diagnostics
    self.computedRowErrors = computedRowErrors
    self.checksums = checksums
  }

  /// The checksums of an alignment's stripes.
  ///
  /// - Complexity: O(bytes.count), with all cores.
  static func checksums(of bytes: UnsafeRawBufferPointer) -> [UInt64] {
    let count = (bytes.count + stripeLength - 1) / stripeLength
    return [UInt64](unsafeUninitializedCapacity: count) { sums, initialized in
      nonisolated(unsafe) let (bytes, sums) = (bytes, sums)
      Workers.all.split(count, least: 1) { _, range in
        for stripe in range {
          let start = stripe * stripeLength
          let part = bytes[start..<min(start + stripeLength, bytes.count)]
          sums.initializeElement(at: stripe, to: XXH64.hash(UnsafeRawBufferPointer(rebasing: part)))
        }
      }
      initialized = count
    }
  }
}
