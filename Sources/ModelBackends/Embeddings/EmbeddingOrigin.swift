internal import Foundation

/// Where a table of token vectors lies: what must be the same for its rows to be the same, told without reading them.
///
/// A table in a file has one, so that a large table's content need not be looked at again while its file stays as it is. Two
/// tables with equal origins have equal rows; tables with different ones may be equal too.
public struct EmbeddingOrigin: Sendable, Hashable {
  /// A file as it was when it was opened.
  public struct File: Sendable, Hashable {
    /// The file's path, as it was given.
    public var path: String
    /// The number of the file in its file system.
    public var inode: UInt64
    /// The length in bytes.
    public var byteCount: Int64
    /// When the content was last changed, in nanoseconds since 1970.
    public var modified: Int64
    /// When content, name or rights were last changed, in nanoseconds since 1970; it cannot be set back as `modified` can.
    public var changed: Int64

    /// Describes a file.
    public init(path: String, inode: UInt64, byteCount: Int64, modified: Int64, changed: Int64) {
      self.path = path
      self.inode = inode
      self.byteCount = byteCount
      self.modified = modified
      self.changed = changed
    }

    /// Describes the file that a path leads to now; `nil` where that cannot be told.
    public init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.init(path: path, status)
    }

    /// Describes an open file; `nil` where that cannot be told.
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

  /// The files that the rows are made of.
  public var files: [File]
  /// Which part of the files, and how it becomes rows: a tensor's name, place, type and scales.
  public var part: String

  /// Makes an origin.
  public init(files: [File], part: String) {
    self.files = files
    self.part = part
  }
}
