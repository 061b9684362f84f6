internal import Foundation

/// The files of a cache: each appears whole, by being renamed, or not at all.
struct CacheFolder {
  let path: String

  /// What a file holds, by the ending of its name.
  enum Kind: String, CaseIterable {
    case alignment
    case note = "digest"

    var ending: String { "." + rawValue }
  }

  /// A file of the cache.
  struct File {
    var name: String
    /// What it takes of the disk, in bytes, about.
    var byteCount: Int
    /// When it was last used or written to, in nanoseconds since 1970.
    var used: Int64
    /// The process that writes it, where it is not finished.
    var writer: Int32?
  }

  private func path(of name: String) -> String { "\(path)/\(name)" }

  /// Opens a file for reading, which the caller closes; `nil` where there is none.
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

  /// The bytes of a small file; `nil` where there is none, or one that is longer.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`.
  func read(_ name: String, upTo limit: Int) throws -> [UInt8]? {
    guard let (descriptor, size) = try open(name) else { return nil }
    defer { close(descriptor) }
    guard size <= limit else { return nil }
    return try read(descriptor, count: size, name: name)
  }

  /// The first bytes of an open file; fewer where it has fewer.
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

  /// Says that a file was used now. Where that cannot be noted, as in a folder that may only be read, the file is merely removed
  /// earlier than others.
  func touch(_ name: String) {
    _ = utimensat(AT_FDCWD, path(of: name), nil, 0)
  }

  /// Removes a file, if it is there.
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

  /// What went wrong with the folder.
  func failure(_ problem: String, _ code: Int32? = nil) -> RelativeSpaceError {
    let reason = code.map { " (\(String(cString: strerror($0))))" } ?? ""
    return RelativeSpaceError(
      .cache, "The cache of alignments cannot be used: \(problem)\(reason)",
      remedy: "Make the folder writable, free some space, choose another folder, or switch the cache off.")
  }
}

// MARK: - Writing

extension CacheFolder {
  /// How many bytes are written between two looks at whether the task was cancelled.
  private static let stretch = 1 << 24

  /// Writes a file, or replaces it: under another name, which becomes its own when everything has reached the disk.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`, or `CancellationError`; nothing is left behind then.
  func write(_ name: String, _ parts: [UnsafeRawBufferPointer]) throws {
    try prepare()
    let temporary = path(of: Self.temporaryName(of: name, writer: getpid()))
    let descriptor = Foundation.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("\(temporary) cannot be written", errno) }
    do {
      do {
        for part in parts { try write(part, to: descriptor, temporary) }
        guard fsync(descriptor) == 0 else { throw failure("\(temporary) cannot be written", errno) }
      } catch {
        close(descriptor)
        throw error
      }
      guard close(descriptor) == 0 else { throw failure("\(temporary) cannot be written", errno) }
      guard rename(temporary, path(of: name)) == 0 else {
        throw failure("\(path(of: name)) cannot be replaced", errno)
      }
    } catch {
      unlink(temporary)
      throw error
    }
    try synchronise()
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ temporary: String) throws {
    var done = 0
    while done < bytes.count {
      try Task.checkCancellation()
      let length = min(Self.stretch, bytes.count - done)
      let written = Foundation.write(descriptor, bytes.baseAddress.map { $0 + done }, length)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("\(temporary) cannot be written", errno) }
      done += written
    }
  }

  /// Makes the folder where there is none.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`.
  func prepare() throws {
    try checkPath()
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw failure("\(path) cannot be made (\(error.localizedDescription))")
    }
  }

  /// Has the folder's list of names reach the disk.
  private func synchronise() throws {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("\(path) cannot be opened", errno) }
    defer { close(descriptor) }
    // Some file systems keep no list that could be asked for.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("\(path) cannot be written", errno) }
  }

  /// A name that no other writer chooses, and that says who does.
  static func temporaryName(of name: String, writer: Int32) -> String {
    "\(name).\(writer).\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
  }
}

// MARK: - Tidying

extension CacheFolder {
  /// What a file takes at least, in bytes.
  private static let block = 4096
  /// How old an unfinished file is that nobody can be writing any more, in nanoseconds.
  private static let longestWriting: Int64 = 86_400_000_000_000

  /// The cache's own files, finished or not; none where there is no folder.
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

  /// Removes what dead processes left unfinished, and the files unused for longest until the others keep to the limit.
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

  /// What a name says, where it is one of the cache's: who writes the file, if it is not finished.
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
