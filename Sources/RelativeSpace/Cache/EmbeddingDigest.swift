internal import Foundation
import LinearAlgebra
import ModelBackends

/// What the first rows of an embedding table contain, in 128 bits.
///
/// Hashing a large table takes seconds. A table that says where it lies (``ModelBackends/EmbeddingTable/origin``) is hashed once: a
/// note in the cache's folder says which content its origin stands for, and what a sample of its rows hashes to. The sample is
/// hashed each time, so that a note is not trusted where rows are converted in another way than they were.
struct EmbeddingDigest {
  let reader: EmbeddingRows
  /// How many rows count.
  let count: Int

  /// About how many elements are hashed at a time. A change of it changes every digest.
  private static let blockElements = 1 << 20
  /// How many rows the sample has at most.
  private static let sampleRows = 16

  /// The content's hash, from a note where there is one.
  ///
  /// - Parameters:
  ///   - folder: Where notes are.
  ///   - progress: Told what share of the rows has been hashed; not called where a note knew.
  ///   - report: Told where a note could not be read or written.
  /// - Throws: `CancellationError`, and what reading the embeddings throws.
  func content(
    in folder: CacheFolder, progress: (Double) -> Void, report: (RelativeSpaceError) -> Void
  ) throws -> ContentHash {
    guard let origin = reader.table.origin else { return try content(progress: progress) }
    let key = key(of: origin)
    let sample = try sample()
    do {
      if let note = try folder.read(DigestNote.name(of: key), upTo: DigestNote.byteCount).flatMap({ DigestNote($0) }),
        note.key == key, note.sample == sample
      {
        folder.touch(DigestNote.name(of: key))
        return note.content
      }
    } catch let error as RelativeSpaceError where error.code == .cache {
      report(error)
    }
    let content = try content(progress: progress)
    guard Self.isSettled(origin) else { return content }
    do {
      try DigestNote(key: key, sample: sample, content: content).bytes.withUnsafeBytes {
        try folder.write(DigestNote.name(of: key), [$0])
      }
    } catch let error as RelativeSpaceError where error.code == .cache {
      report(error)
    }
    return content
  }

  /// The hash of all rows.
  private func content(progress: (Double) -> Void) throws -> ContentHash {
    var hasher = ContentHasher()
    hasher.combine(count)
    hasher.combine(reader.table.dimension)
    let rows = max(1, Self.blockElements / reader.table.dimension)
    for start in stride(from: 0, to: count, by: rows) {
      try Task.checkCancellation()
      let range = start..<min(start + rows, count)
      try reader.block(range).elements.withUnsafeBytes { hasher.combine($0) }
      progress(Double(range.upperBound) / Double(count))
    }
    return hasher.hash
  }

  /// The hash of some rows, evenly spread.
  private func sample() throws -> ContentHash {
    var hasher = ContentHasher()
    let rows = min(Self.sampleRows, count)
    for place in 0..<rows {
      let row = place * count / rows
      try reader.block(row..<row + 1).elements.withUnsafeBytes { hasher.combine($0) }
    }
    return hasher.hash
  }

  private func key(of origin: EmbeddingOrigin) -> ContentHash {
    var hasher = ContentHasher()
    hasher.combine(DigestNote.version)
    hasher.combine(count)
    hasher.combine(reader.table.dimension)
    hasher.combine(origin.files.count)
    for file in origin.files {
      hasher.combine(file.path)
      hasher.combine(Int(truncatingIfNeeded: file.inode))
      for number in [file.byteCount, file.modified, file.changed] { hasher.combine(Int(number)) }
    }
    hasher.combine(origin.part)
    return hasher.hash
  }

  /// Whether a later change of the files would show: two changes within one tick of a file system's clock look like one.
  private static func isSettled(_ origin: EmbeddingOrigin) -> Bool {
    let now = Int64(Date().timeIntervalSince1970 * 1e9)
    return origin.files.allSatisfy { max($0.modified, $0.changed) < now - settlingTime }
  }

  /// Two seconds, the coarsest clock of common file systems, and one more, in nanoseconds.
  private static let settlingTime: Int64 = 3_000_000_000
}

/// Which content an origin stands for.
struct DigestNote {
  var key: ContentHash
  var sample: ContentHash
  var content: ContentHash

  /// Raised when a note's form changes, or what is hashed.
  static let version = 1
  /// How long a note is.
  static let byteCount = words * 8
  private static let words = 9
  private static let magic = UInt64(0x4445_4550_4e4f_5445)

  static func name(of key: ContentHash) -> String { key.digits + CacheFolder.Kind.note.ending }

  init(key: ContentHash, sample: ContentHash, content: ContentHash) {
    self.key = key
    self.sample = sample
    self.content = content
  }

  /// Reads a note; `nil` where it is no sound one.
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

  /// The note as it is written.
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
