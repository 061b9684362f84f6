internal import Foundation

/// The files of a cache: each appears complete, by being renamed, or not at all.
struct CacheFolder {
  let path: String

  /// The kind of a file's content, by the extension of its name.
  enum Kind: String, CaseIterable {
    case alignment
    case digest

    var ending: String { "." + rawValue }
  }

  /// A file of the cache.
  struct File {
    var name: String
    /// Its approximate size on the disk, in bytes.
    var byteCount: Int
    /// The time of its last use or change, in nanoseconds since 1970.
    var used: Int64
    /// The process that writes it, where it is not finished.
    var writer: Int32?
  }

  func path(of name: String) -> String { "\(path)/\(name)" }

  /// Opens a file for reading; the caller closes it. `nil` where there is none.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`.
  func open(_ name: String) throws -> (descriptor: Int32, byteCount: Int)? {
    try checkPath()
    let descriptor = Foundation.open(path(of: name), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("\(path(of: name)) cannot be opened", errno)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw failure("\(path(of: name)) is not a file")
    }
    return (descriptor, Int(status.st_size))
  }

  /// Reads the bytes of a small file; `nil` where there is none, or where it is longer than the limit.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`.
  func read(_ name: String, upTo limit: Int) throws -> [UInt8]? {
    guard let (descriptor, size) = try open(name) else { return nil }
    defer { close(descriptor) }
    guard size <= limit else { return nil }
    return try read(descriptor, count: size, name: name)
  }

  /// Reads the first bytes of an open file; fewer where the file is shorter.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`.
  func read(_ descriptor: Int32, count: Int, name: String) throws -> [UInt8] {
    var done = 0
    var bytes = [UInt8](repeating: 0, count: count)
    while done < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress.map { $0 + done }, count - done, off_t(done))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw failure("\(path(of: name)) cannot be read", errno) }
      if got == 0 { break }
      done += got
    }
    return Array(bytes.prefix(done))
  }

  /// Marks a file as used now. Where that is impossible, as in a read-only folder, the file is merely removed earlier
  /// than others.
  func touch(_ name: String) {
    _ = utimensat(AT_FDCWD, path(of: name), nil, 0)
  }

  /// Removes a file, if it exists.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`.
  func remove(_ name: String) throws {
    guard unlink(path(of: name)) == 0 || errno == ENOENT else {
      throw failure("\(path(of: name)) cannot be removed", errno)
    }
  }

  func checkPath() throws {
    guard !path.isEmpty else {
      throw RelativeSpaceError(
        .cache, "There is no folder to keep alignments in: the system names none for caches",
        remedy: "Set XDG_CACHE_HOME or HOME, name a folder, or switch the cache off.")
    }
  }

  /// An error about the folder.
  func failure(_ problem: String, _ code: Int32? = nil) -> RelativeSpaceError {
    let reason = code.map { " (\(String(cString: strerror($0))))" } ?? ""
    return RelativeSpaceError(
      .cache, "The cache of alignments cannot be used: \(problem)\(reason)",
      remedy: "Make the folder writable, free some space, choose another folder, or switch the cache off.")
  }
}
