internal import Foundation

/// The origin of a table of token vectors: if it is unchanged, so are the rows, which therefore need not be read to
/// compare them.
///
/// A table in a file has an origin, so that a large table is not read again while its file is unchanged. Two tables
/// with equal origins have equal rows; tables with different origins may be equal too.
public struct EmbeddingOrigin: Sendable, Hashable {
  /// The state of a file when it was opened.
  public struct File: Sendable, Hashable {
    /// The file's path, as it was given.
    package var path: String
    /// The file's inode number in its file system.
    package var inode: UInt64
    /// The length in bytes.
    package var byteCount: Int64
    /// The time when the content was last changed, in nanoseconds since 1970.
    package var modified: Int64
    /// The time when content, name or permissions were last changed, in nanoseconds since 1970; unlike `modified` it
    /// cannot be set back.
    package var changed: Int64

    /// Describes a file.
    package init(path: String, inode: UInt64, byteCount: Int64, modified: Int64, changed: Int64) {
      self.path = path
      self.inode = inode
      self.byteCount = byteCount
      self.modified = modified
      self.changed = changed
    }

    /// Describes the file that a path currently leads to; `nil` where its state cannot be determined.
    public init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.init(path: path, status)
    }

    /// Describes an open file; `nil` where its state cannot be determined.
    package init?(path: String, descriptor: Int32) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return nil }
      self.init(path: path, status)
    }

    private init(path: String, _ status: stat) {
      #if canImport(Darwin)
        let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
      #else
        let (modified, changed) = (status.st_mtim, status.st_ctim)
      #endif
      self.init(
        path: path, inode: UInt64(status.st_ino), byteCount: Int64(status.st_size),
        modified: Self.nanoseconds(modified), changed: Self.nanoseconds(changed))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
      Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
  }

  /// The files that the rows are computed from.
  public var files: [File]
  /// The part of the files and its conversion to rows: a tensor's name, position, type and scales.
  public var part: String

  /// Creates an origin.
  public init(files: [File], part: String) {
    self.files = files
    self.part = part
  }
}
