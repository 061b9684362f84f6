internal import AlignmentKernels
internal import Foundation

/// Allocated memory or a mapped file, unmapped when its last user is released.
///
/// Unsafe, because it is system memory: it is written only while an alignment is built, each part by one thread.
final class MemoryRegion: @unchecked Sendable {
  /// All bytes; those of a file are read-only.
  let bytes: UnsafeMutableRawBufferPointer
  /// The pages that the bytes lie in.
  private let mapping: UnsafeMutableRawBufferPointer

  /// Allocates zeros; physical pages are allocated on first write.
  ///
  /// - Throws: ``RelativeSpaceError`` where the system has no memory.
  init(size: Int) throws {
    guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0), start != MAP_FAILED else {
      throw RelativeSpaceError(
        .memoryLimit, "\(size) bytes of memory cannot be had (\(String(cString: strerror(errno))))",
        remedy: "Select fewer anchors, or free some memory.")
    }
    mapping = UnsafeMutableRawBufferPointer(start: start, count: size)
    bytes = mapping
  }

  /// Maps an open file from an offset on, read-only; the file may be closed and removed afterwards.
  ///
  /// - Precondition: The file has `size` bytes, and `start` is one of them.
  /// - Throws: ``RelativeSpaceError`` with the code `cache` where the file cannot be mapped.
  init(mapping descriptor: Int32, size: Int, from start: Int) throws {
    precondition(0..<size ~= start, "Byte \(start) is not one of \(size).")
    guard let first = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), first != MAP_FAILED else {
      throw RelativeSpaceError(
        .cache, "A cached alignment cannot be mapped into memory (\(String(cString: strerror(errno))))",
        remedy: "Choose a cache folder on a local disk, or switch the cache off.")
    }
    mapping = UnsafeMutableRawBufferPointer(start: first, count: size)
    bytes = UnsafeMutableRawBufferPointer(rebasing: mapping[start...])
  }

  deinit {
    munmap(mapping.baseAddress, mapping.count)
  }

  /// A part of the memory as an array of numbers.
  func numbers<Number: BitwiseCopyable>(_ part: FactoredLayout.Part) -> StoredArray<Number> {
    StoredArray(
      UnsafeMutableRawBufferPointer(rebasing: bytes[part.offset..<part.end]).bindMemory(to: Number.self), in: self)
  }
}
