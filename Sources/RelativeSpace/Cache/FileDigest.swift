internal import Foundation
internal import LinearAlgebra
internal import ModelBackends

/// A 128-bit hash of a file's content.
///
/// A large file takes seconds to hash, so it is hashed once: a file of the cache stores the content hash of a
/// file that has not changed since, and the hash of a sample of it. The sample is hashed each time.
package enum FileDigest {
  private static let sampleBlocks = 64
  private static let blockBytes = 1 << 14
  private static let chunkBytes = 1 << 24

  /// The content's hash as 32 digits, from a record where there is one.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - folder: The folder of the cache. Where it cannot be used, the file is hashed each time.
  /// - Throws: ``RelativeSpaceError`` with the code `cache` where the file cannot be read, `CancellationError`.
  package static func content(of path: String, cachedIn folder: String = AlignmentCache.standard.folder) throws
    -> String
  {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    guard let file = EmbeddingOrigin.File(path: path, descriptor: descriptor) else { throw failure(path, errno) }
    let cache = CacheFolder(path: folder)
    let key = key(of: file)
    let sample = try sample(of: descriptor, file)
    if let bytes = try? cache.read(DigestRecord.name(of: key), upTo: DigestRecord.byteCount),
      let record = DigestRecord(bytes),
      record.key == key, record.sample == sample
    {
      cache.touch(DigestRecord.name(of: key))
      return record.content.digits
    }
    let isSettled = file.isSettled
    let content = try content(of: descriptor, file)
    if isSettled, file == EmbeddingOrigin.File(path: path, descriptor: descriptor) {
      let record = DigestRecord(key: key, sample: sample, content: content)
      // Without a record the file is hashed again the next time.
      try? record.bytes.withUnsafeBytes { try cache.write(DigestRecord.name(of: key), [$0]) }
    }
    return content.digits
  }

  /// One hash, as 32 digits, of several texts in their order.
  package static func digits(of texts: [String]) -> String {
    var hasher = ContentHasher()
    for text in texts { hasher.combine(text) }
    return hasher.hash.digits
  }

  private static func key(of file: EmbeddingOrigin.File) -> ContentHash {
    var hasher = ContentHasher()
    hasher.combine("file")
    hasher.combine(DigestRecord.version)
    hasher.combine(file.path)
    hasher.combine(Int(truncatingIfNeeded: file.inode))
    for number in [file.byteCount, file.modified, file.changed] { hasher.combine(Int(number)) }
    return hasher.hash
  }

  private static func content(of descriptor: Int32, _ file: EmbeddingOrigin.File) throws -> ContentHash {
    var hasher = ContentHasher()
    hasher.combine(Int(file.byteCount))
    var offset = 0
    while offset < Int(file.byteCount) {
      try Task.checkCancellation()
      let bytes = try read(descriptor, at: offset, count: min(chunkBytes, Int(file.byteCount) - offset), file.path)
      bytes.withUnsafeBytes { hasher.combine($0) }
      offset += bytes.count
    }
    return hasher.hash
  }

  /// The hash of evenly spread blocks.
  private static func sample(of descriptor: Int32, _ file: EmbeddingOrigin.File) throws -> ContentHash {
    var hasher = ContentHasher()
    let last = max(0, Int(file.byteCount) - blockBytes)
    for block in 0..<sampleBlocks {
      let offset = last * block / (sampleBlocks - 1)
      let count = min(blockBytes, Int(file.byteCount) - offset)
      let bytes = try read(descriptor, at: offset, count: count, file.path)
      bytes.withUnsafeBytes { hasher.combine($0) }
    }
    return hasher.hash
  }

  private static func read(_ descriptor: Int32, at offset: Int, count: Int, _ path: String) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw failure(path, got < 0 ? errno : EIO) }
      done += got
    }
    return bytes
  }

  private static func failure(_ path: String, _ code: Int32) -> RelativeSpaceError {
    RelativeSpaceError(
      .cache, "\(path) cannot be read (\(String(cString: strerror(code))))",
      remedy: "Check the path and that the file may be read.")
  }
}
