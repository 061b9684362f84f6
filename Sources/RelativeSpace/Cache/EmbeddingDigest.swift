internal import Foundation
import LinearAlgebra
import ModelBackends

/// A hash of 128 bits of the first rows of an embedding table.
///
/// Hashing a large table takes seconds. A table that says where it lies (`EmbeddingTable.origin`) is hashed once: a
/// note in the cache's folder says which content its origin stands for, and what a sample of its rows hashes to. The
/// sample is hashed each time, so that a note is not trusted where rows are converted in another way than they were.
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
    let isSettled = origin.files.allSatisfy(\.isSettled)
    let content = try content(progress: progress)
    guard isSettled else { return content }
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
}

extension EmbeddingOrigin.File {
  /// Whether a change of the file from now on would show: two changes within one tick of a file system's clock look
  /// like one.
  var isSettled: Bool {
    max(modified, changed) < Int64(Date().timeIntervalSince1970 * 1e9) - Self.settlingTime
  }

  /// Two seconds, the coarsest clock of common file systems, and one more, in nanoseconds.
  private static let settlingTime: Int64 = 3_000_000_000
}
