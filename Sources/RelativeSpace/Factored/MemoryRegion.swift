internal import Foundation

/// Memory of its own, given back when nobody uses it any more.
final class MemoryRegion: @unchecked Sendable {
  /// All bytes.
  let bytes: UnsafeMutableRawBufferPointer

  /// Memory of zeros; pages are taken when they are written to.
  ///
  /// - Throws: ``RelativeSpaceError`` where the system has none.
  init(size: Int) throws {
    guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0), start != MAP_FAILED else {
      throw RelativeSpaceError(
        .memoryLimit, "\(size) bytes of memory cannot be had (\(String(cString: strerror(errno))))",
        remedy: "Select fewer anchors, or free some memory.")
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: size)
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
  }

  /// A part of the memory as numbers.
  func numbers<Number: BitwiseCopyable>(
    _ part: FactoredLayout.Part, as type: Number.Type
  ) -> UnsafeMutableBufferPointer<Number> {
    UnsafeMutableRawBufferPointer(rebasing: bytes[part.offset..<part.end]).bindMemory(to: type)
  }
}
