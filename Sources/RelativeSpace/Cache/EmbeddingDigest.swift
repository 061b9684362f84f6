internal import Foundation
import LinearAlgebra
import ModelBackends

/// A 128-bit hash of the first rows of an embedding table.
///
/// Hashing a large table takes seconds. A table with a known origin (`EmbeddingTable.origin`) is hashed once: a file of
/// the cache stores the content hash of the origin and the hash of a sample of its rows. The sample is hashed
/// each time, so that a record is not trusted where rows are converted in another way than before.
struct EmbeddingDigest {
  let reader: EmbeddingRows
  /// The number of rows that are hashed.
  let count: Int

  /// The approximate number of elements hashed at a time. Changing it changes every digest.
  private static let blockElements = 1 << 20
  /// The maximum number of rows in the sample.
  private static let sampleRows = 16

  /// The content's hash, from a record where there is one.
  ///
  /// - Parameters:
  ///   - folder: The folder of the cache.
  ///   - progress: Called with the fraction of the rows that has been hashed; not called where a record was used.
  ///   - report: Called where a record could not be read or written.
  /// - Throws: `CancellationError`, and errors from reading the embeddings.
  func content(
    in folder: CacheFolder, progress: (Double) -> Void, report: (RelativeSpaceError) -> Void
  ) throws -> ContentHash {
    guard let origin = reader.table.origin else { return try content(progress: progress) }
    let key = key(of: origin)
    let sample = try sample()
    do {
      if let record = try folder.read(DigestRecord.name(of: key), upTo: DigestRecord.byteCount).flatMap({
        DigestRecord($0)
      }),
        record.key == key, record.sample == sample
      {
        folder.touch(DigestRecord.name(of: key))
        return record.content
      }
    } catch let error as RelativeSpaceError where error.code == .cache {
      report(error)
    }
    let isSettled = origin.files.allSatisfy(\.isSettled)
    let content = try content(progress: progress)
    guard isSettled else { return content }
    do {
      try DigestRecord(key: key, sample: sample, content: content).bytes.withUnsafeBytes {
        try folder.write(DigestRecord.name(of: key), [$0])
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
    for step in 0..<rows {
      let row = step * count / rows
      try reader.block(row..<row + 1).elements.withUnsafeBytes { hasher.combine($0) }
    }
    return hasher.hash
  }

  private func key(of origin: EmbeddingOrigin) -> ContentHash {
    var hasher = ContentHasher()
    hasher.combine(DigestRecord.version)
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
  /// Whether a later change of the file would be detected: two changes within one tick of a file system's clock have
  /// the same time stamp.
  var isSettled: Bool {
    max(modified, changed) < Int64(Date().timeIntervalSince1970 * 1e9) - Self.settlingTime
  }

  /// Two seconds, the coarsest clock of common file systems, and one more, in nanoseconds.
  private static let settlingTime: Int64 = 3_000_000_000
}
