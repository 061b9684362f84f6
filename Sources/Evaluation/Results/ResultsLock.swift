internal import Foundation

/// Keeps others from writing the same results: a lock on a small file beside them, which names its holder.
///
/// The system releases the lock when the process ends, however it ends, so a file that was left behind locks nothing.
final class ResultsLock: Sendable {
  private let descriptor: Int32

  /// Locks the results in a file.
  ///
  /// - Throws: ``EvaluationError`` with the code `inUse` where they are locked already, and `file` where they cannot be
  ///   locked.
  init(for results: String) throws {
    let path = results + ".lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      if code == EINTR { continue }
      let holder = Self.text(of: descriptor)
      close(descriptor)
      guard code == EWOULDBLOCK else { throw Self.failure(path, code) }
      throw EvaluationError(
        .inUse, "\(results) is being written by \(holder.isEmpty ? "another process" : holder)",
        remedy: "Let it finish, stop it, or choose another folder for the results.")
    }
    let now = Date().formatted(.iso8601)
    let holder = Array("process \(getpid()) on \(Self.machine), since \(now)\n".utf8)
    // The note is for people; the lock holds without it as well.
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, holder, holder.count, 0) }
    self.descriptor = descriptor
  }

  deinit {
    // A child process shares the descriptor until it runs its program: closing alone would leave the lock.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// The machine's own name; no name server is asked for it.
  private static var machine: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "this machine" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func text(of descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  private static func failure(_ path: String, _ code: Int32) -> EvaluationError {
    EvaluationError(
      .file, "\(path) cannot be locked: \(String(cString: strerror(code)))",
      remedy: "Choose another folder for the results, on a disk of this machine.")
  }
}
