internal import Foundation

/// Memory of its own, or a file in memory, given back when nobody uses it any more.
final class MemoryRegion: @unchecked Sendable {
  /// All bytes.
  let bytes: UnsafeMutableRawBufferPointer

  private init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
  }

  /// Memory of zeros; pages are taken when they are written to.
  convenience init(size: Int) throws {
    try self.init(mapping: -1, size: size, protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANON)
  }

  /// A new file of zeros in memory, for writing.
  convenience init(creating path: String, size: Int) throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure("The file \(path) cannot be made") }
    defer { close(descriptor) }
    // Blocks are reserved now: a disk that is full says so here, and not by a signal in the middle of writing.
    #if canImport(Darwin)
      let reserved = ftruncate(descriptor, off_t(size))
    #else
      let reserved = posix_fallocate(descriptor, 0, off_t(size))
      if reserved != 0 { errno = reserved }
    #endif
    guard reserved == 0 else { throw Self.failure("There is no room for \(size) bytes in \(path)") }
    try self.init(mapping: descriptor, size: size, protection: PROT_READ | PROT_WRITE, flags: MAP_SHARED)
  }

  /// A file in memory, for reading; only the pages that are looked at are read.
  convenience init(reading path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure("The file \(path) cannot be opened") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
      throw Self.failure("\(path) is no file with anything in it")
    }
    try self.init(mapping: descriptor, size: Int(status.st_size), protection: PROT_READ, flags: MAP_SHARED)
  }

  private convenience init(mapping descriptor: Int32, size: Int, protection: Int32, flags: Int32) throws {
    guard let start = mmap(nil, size, protection, flags, descriptor, 0), start != MAP_FAILED else {
      throw Self.failure("\(size) bytes of memory cannot be had")
    }
    self.init(UnsafeMutableRawBufferPointer(start: start, count: size))
  }

  /// Writes everything to the file that the memory belongs to, and waits for it.
  func synchronize() throws {
    guard msync(bytes.baseAddress, bytes.count, MS_SYNC) == 0 else { throw Self.failure("The file cannot be written") }
  }

  private static func failure(_ problem: String) -> RelativeSpaceError {
    RelativeSpaceError(
      .storage, "\(problem) (\(String(cString: strerror(errno))))",
      remedy: "Check the folder, its permissions and the free space, or work without a cache.")
  }

  /// A part of the memory as numbers.
  func numbers<Number: BitwiseCopyable>(_ part: FactoredLayout.Part, as type: Number.Type) -> UnsafeMutableBufferPointer<Number> {
    UnsafeMutableRawBufferPointer(rebasing: bytes[part.offset..<part.end]).bindMemory(to: type)
  }
}
