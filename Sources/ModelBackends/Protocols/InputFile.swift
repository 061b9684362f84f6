internal import Foundation

/// A path that is about to be read.
///
/// Opening a named pipe waits for a writer that may never come, and a device may have no end, so only regular files are
/// read; links to them are followed.
package struct InputFile: Sendable {
  /// The reason why a path cannot be read.
  package struct Problem: Sendable, Hashable {
    /// Whether nothing exists at the path, or nothing that may be read.
    package var isMissing: Bool
    /// The actual state: "is a folder, where a file was expected".
    package var text: String
  }

  /// The path, as it was given.
  package let path: String

  /// Creates a value for a path.
  package init(_ path: String) {
    self.path = path
  }

  /// The reason why the path cannot be read; `nil` where it can.
  package var problem: Problem? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let isAbsent = errno == ENOENT || errno == ENOTDIR
      return Problem(
        isMissing: true, text: isAbsent ? "does not exist" : "cannot be reached (\(String(cString: strerror(errno))))")
    }
    let kind: String? =
      switch status.st_mode & S_IFMT {
      case S_IFREG: nil
      case S_IFDIR: "a folder"
      case S_IFIFO: "a named pipe"
      case S_IFSOCK: "a socket"
      default: "a device"
      }
    if let kind { return Problem(isMissing: false, text: "is \(kind), where a file was expected") }
    guard access(path, R_OK) == 0 else {
      return Problem(isMissing: true, text: "may not be read (\(String(cString: strerror(errno))))")
    }
    return nil
  }

  /// Checks that the path can be read.
  ///
  /// - Throws: ``BackendError`` with the code `missingFile` or, where the path is not a file, `invalidFile`.
  package func check() throws {
    guard let problem else { return }
    throw BackendError(
      problem.isMissing ? .missingFile : .invalidFile, in: path, problem.text,
      remedy: problem.isMissing ? "Check the path and that the file may be read." : "Give the path of a file.")
  }
}
