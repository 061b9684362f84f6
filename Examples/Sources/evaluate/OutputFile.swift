import Evaluation
import Foundation

/// An output file that is checked before the work and written after it.
struct OutputFile {
  let path: String

  /// Checks, before any work, that a file can be written at a path.
  ///
  /// - Throws: `EvaluationError` with the reason why it cannot.
  init(_ path: String) throws {
    self.path = path
    var status = stat()
    guard !path.isEmpty else { throw failure("it has no name", "Name a file.") }
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else { throw failure("it is a folder", "Name a file in it.") }
      guard access(path, W_OK) == 0 else { throw failure(reason(errno), "Choose another place for it.") }
      // A pipe or a device is written to as it is.
      guard status.st_mode & S_IFMT == S_IFREG else { return }
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard stat(folder, &status) == 0 else { throw failure("there is no folder \(folder)", "Make it first.") }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw failure("\(folder) is no folder", "Choose another place.") }
    // Permissions alone do not tell, on a read-only file system for example: a file is created and removed.
    var trial = Array("\(folder)/.evaluate-XXXXXX".utf8CString)
    let descriptor = mkstemp(&trial)
    guard descriptor >= 0 else { throw failure(reason(errno), "Choose another place for it.") }
    close(descriptor)
    unlink(trial)
  }

  /// Writes a text, replacing earlier content.
  ///
  /// - Throws: `EvaluationError` with the reason why it cannot.
  func write(_ text: String) throws {
    var status = stat()
    let isPlain = stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    do {
      if isPlain {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      } else {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
      }
    } catch {
      throw failure(error.localizedDescription, "Choose another place for it.")
    }
  }

  private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  private func failure(_ problem: String, _ remedy: String) -> EvaluationError {
    EvaluationError(.file, "\(path) cannot be written: \(problem)", remedy: remedy)
  }
}
