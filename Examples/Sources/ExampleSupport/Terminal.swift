public import Foundation

/// The output of commands: results to standard output, everything else to standard error.
///
/// Results that cannot be written end the program: quietly where the reader has gone, as after `| head -1`, and with an
/// error and status 1 where the disk is full or the stream is closed. Notes that cannot be written are lost.
public enum Terminal {
  /// Whether a person is looking.
  public static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Shows a line on standard error.
  public static func note(_ line: String) { showNote(line + "\n") }

  /// Shows text on standard error at once, without a newline.
  public static func showNote(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

  /// Writes text to standard output at once, without a newline.
  public static func show(_ text: String) { show(Data(text.utf8)) }

  /// Writes bytes to standard output at once.
  public static func show(_ bytes: Data) {
    // What `print` holds back comes first.
    checkStandardStream()
    if let failure = write(Array(bytes), to: STDOUT_FILENO) { end(after: failure) }
  }

  /// Writes out what `print` holds back, and ends the program where it, or something before, could not be written.
  public static func checkStandardStream() {
    if let failure = flushPrinted() { end(after: failure) }
  }

  /// Opens the standard streams that are closed in a way that refuses to be used, so that no file that is opened later
  /// takes their numbers and gets what is meant for them.
  static func holdStandardStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is the one that is missing.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  private static func end(after failure: Int32) -> Never {
    // What a shell says of a program that its reader left; where the signal is not ignored, it has ended it already.
    guard failure != EPIPE else { _exit(128 + SIGPIPE) }
    let reason = failure == EBADF ? "it is closed" : String(cString: strerror(failure))
    note("error: Standard output cannot be written: \(reason). Free space, or direct it elsewhere.")
    // Engines may be at work in other threads: nothing is torn down under them.
    _exit(1)
  }

  /// Writes all bytes.
  ///
  /// - Returns: Why it failed; `nil` where it did not.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Somebody else made the stream one that does not wait.
        var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&place, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
}
