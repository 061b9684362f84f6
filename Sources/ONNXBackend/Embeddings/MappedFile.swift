internal import Foundation
internal import ModelBackends

/// A file mapped into memory, of which the system reads only the pages that are accessed.
///
/// The file must not be truncated while it is mapped.
final class MappedFile: @unchecked Sendable {
  /// The file's path.
  let path: String
  /// The state of the file when it was mapped.
  let identity: EmbeddingOrigin.File?
  /// The file's bytes, valid as long as this object lives.
  let bytes: UnsafeRawBufferPointer

  /// Maps a file.
  ///
  /// - Throws: ``BackendError`` where the file is missing, not a regular file, or cannot be mapped.
  init(path: String) throws {
    try InputFile(path).check()
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      throw BackendError(
        .missingFile, in: path, "cannot be opened (\(reason))",
        remedy: "Check the path and that the file may be read")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw BackendError(.invalidFile, in: path, "is not a file", remedy: "Give the path of a file")
    }
    self.path = path
    identity = EmbeddingOrigin.File(path: path, descriptor: descriptor)
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      let reason = String(cString: strerror(errno))
      throw BackendError(
        .invalidFile, in: path, "cannot be mapped into memory (\(reason))",
        remedy: "Copy the file to a local disk")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
