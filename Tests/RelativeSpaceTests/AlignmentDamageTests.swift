import Foundation
import LinearAlgebra
import ModelBackends
import Testing

@testable import RelativeSpace

/// Damaged files: none is used, all are rebuilt and replaced.
struct AlignmentDamageTests {
  let folder = CacheTestFolder()
  let test = CacheCase(tokens: 20, anchors: 14, dimension: 6, rank: 1)
  let built: FactoredCosineAlignment
  let file: String
  let whole: Data
  private var cache: AlignmentCache { AlignmentCache(folder: folder.path) }
  private let headerLength: Int

  init() throws {
    built = try test.make(cache: AlignmentCache(folder: folder.path))
    file = try folder.alignment
    whole = try folder.data(file)
    headerLength = whole.count - (try AlignmentHeader.layout([UInt8](whole))).byteCount
  }

  /// Replaces the sound file by another, and checks the result.
  private func check(_ data: Data, says problem: String? = nil, _ what: Comment) throws {
    try data.write(to: URL(filePath: file))
    let result = try test.make(cache: cache)
    #expect(result.cacheProblem?.code == .cache, what)
    if let problem { #expect(result.cacheProblem?.problem.contains(problem) == true, what) }
    #expect(try test.areEqual(result, built), what)
    #expect(try folder.data(file) == whole, what)
    #expect(folder.names.count == 1, what)
  }

  @Test func everyByteOfTheHeaderMatters() throws {
    #expect(headerLength == 192)
    for index in 0..<headerLength {
      var damaged = whole
      damaged[index] ^= 1 << UInt8(index % 8)
      try check(damaged, "byte \(index)")
    }
  }

  @Test func bytesOfTheNumbersMatter() throws {
    var indices = Array(stride(from: headerLength, to: whole.count, by: whole.count / 40))
    indices += [headerLength, whole.count - 1]
    for (turn, index) in indices.enumerated() {
      var damaged = whole
      damaged[index] ^= 1 << UInt8(turn % 8)
      try check(damaged, says: "numbers with a wrong checksum", "byte \(index)")
    }
  }

  @Test func aFileThatIsCutShortIsNotUsed() throws {
    let lengths = [0, 1, 7, 8, 127, 128, 129, headerLength - 1, headerLength, headerLength + 1, whole.count - 1]
    for length in lengths + stride(from: headerLength, to: whole.count, by: whole.count / 10) {
      try check(whole.prefix(length), "\(length) bytes")
    }
    try check(whole + [0], says: "do not fit", "a byte too many")
    try check(Data(count: whole.count), says: "is no alignment", "zeros")
  }

  @Test func otherFormsAreNotUsed() throws {
    try check(edited { $0[1] += 1 }, says: "has the form \(AlignmentHeader.version + 1)", "another version")
    try check(edited { for word in $0.indices { $0[word] = $0[word].byteSwapped } }, says: "order of bytes", "order")
    try check(edited { $0[2] = $0[2].byteSwapped }, says: "order of bytes", "mark")
  }

  @Test func impossibleSizesAreRefused() throws {
    for word in 3..<9 {
      for size in [0, 1 << 24, 1 << 40, UInt64(Int.max), UInt64.max] where !([6, 8].contains(word) && size == 0) {
        try check(edited { $0[word] = size }, says: "cannot be", "word \(word) is \(size)")
      }
      // One more is possible in itself, but does not fit the rest.
      try check(edited { $0[word] += 1 }, "word \(word) is one more")
    }
    for entries in [UInt64(15), 4097] {
      try check(edited { $0[6] = entries }, says: "cannot be", "\(entries) entries")
    }
    try check(edited { $0[16] = 4096 }, says: "cannot be", "other stripes")
  }

  @Test func anotherAlignmentIsNotUsed() throws {
    try check(edited { $0[9] ^= 1 }, says: "another alignment", "first half of the key")
    try check(edited { $0[10] ^= 1 }, says: "another alignment", "second half of the key")
    var other = test
    other.options.cosine.temperature = 99
    let result = try other.make(cache: cache)
    let name = try #require(folder.names.first { !file.hasSuffix($0) })
    let otherFile = try folder.data("\(folder.path)/\(name)")
    try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
    #expect(result.cacheProblem == nil && !otherFile.isEmpty)
    try check(otherFile, says: "another alignment", "another's file")
  }

  /// The file with another header, and a matching checksum.
  private func edited(_ edit: (inout [UInt64]) -> Void) -> Data {
    let length = headerLength
    var words = whole.prefix(length).withUnsafeBytes { bytes in
      (0..<length / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
    edit(&words)
    words[words.count - 1] = words.dropLast().withUnsafeBytes { XXH64.hash($0) }
    return words.withUnsafeBytes { Data($0) } + whole.dropFirst(length)
  }
}
