internal import Foundation

extension CacheFolder {
  /// The number of bytes that are written between two checks for cancellation.
  private static let chunkBytes = 1 << 24

  /// Writes or replaces a file: under a temporary name, and renamed when everything has reached the disk.
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
      let length = min(Self.chunkBytes, bytes.count - done)
      let written = Foundation.write(descriptor, bytes.baseAddress.map { $0 + done }, length)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("\(temporary) cannot be written", errno) }
      done += written
    }
  }

  /// Creates the folder if it does not exist.
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
      throw failure("\(path) cannot be created (\(error.localizedDescription))")
    }
  }

  /// Flushes the folder's directory entries to the disk.
  private func synchronise() throws {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("\(path) cannot be opened", errno) }
    defer { close(descriptor) }
    // Some file systems cannot flush a directory.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("\(path) cannot be written", errno) }
  }

  /// A unique temporary name that contains the writer's process identifier.
  static func temporaryName(of name: String, writer: Int32) -> String {
    "\(name).\(writer).\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
  }
}
