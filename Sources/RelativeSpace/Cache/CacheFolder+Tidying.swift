internal import Foundation

extension CacheFolder {
  /// The block size of the disk in bytes: the least size of a file.
  private static let block = 4096
  /// The age in nanoseconds from which an unfinished file is considered abandoned.
  private static let longestWriting: Int64 = 86_400_000_000_000

  /// The cache's own files, finished or not; empty where there is no folder.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`.
  func files() throws -> [File] {
    try checkPath()
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return [] }
      throw failure("\(path) cannot be read", errno)
    }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw failure("\(path) cannot be read (\(error.localizedDescription))")
    }
    return names.compactMap { name in
      guard let form = Self.form(of: name) else { return nil }
      var status = stat()
      // Another process may have removed it just now.
      guard lstat(path(of: name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      let blocks = (Int(status.st_size) + Self.block - 1) / Self.block
      return File(
        name: name, byteCount: max(1, blocks) * Self.block,
        used: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec), writer: form.writer)
    }
  }

  /// Removes unfinished files of dead processes, and the least recently used files until the rest is within the limit.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`.
  func tidy(limit: Int, keeping kept: String) throws {
    let now = Int64(Date().timeIntervalSince1970 * 1e9)
    let files = try files()
    for file in files {
      guard let writer = file.writer else { continue }
      let isDead = kill(writer, 0) != 0 && errno == ESRCH
      if isDead || now - file.used > Self.longestWriting { try remove(file.name) }
    }
    let finished = files.filter { $0.writer == nil }
    var total = finished.reduce(0) { $0 + $1.byteCount }
    for file in finished.sorted(by: { ($0.used, $0.name) < ($1.used, $1.name) }) where file.name != kept {
      guard total > limit else { return }
      try remove(file.name)
      total -= file.byteCount
    }
  }

  /// Parses a name of a cache file: its kind, and the process that writes it, if it is not finished.
  private static func form(of name: String) -> (writer: Int32?, kind: Kind)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 || parts.count == 5, parts[0].count == 32, parts[0].allSatisfy(\.isHexDigit),
      let kind = Kind(rawValue: parts[1])
    else { return nil }
    if parts.count == 2 { return (nil, kind) }
    guard parts[4] == "tmp", let writer = Int32(parts[2]), writer > 0, UInt64(parts[3], radix: 16) != nil else {
      return nil
    }
    return (writer, kind)
  }
}
