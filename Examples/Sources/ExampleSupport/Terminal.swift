public import Foundation

/// The output of commands: results to standard output, everything else to standard error.
///
/// Results that cannot be written end the program: quietly where the reader has gone, as after `| head -1`, and with an
/// error and status 1 where the disk is full or the stream is closed. Notes that cannot be written are lost.
public enum Terminal {
  /// Whether standard error is a terminal.
  public static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Shows a line on standard error.
  public static func note(_ line: String) { showNote(line + "\n") }

  /// Shows text on standard error at once, without a newline.
  public static func showNote(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

  /// Writes text to standard output at once, without a newline.
  public static func show(_ text: String) { show(Data(text.utf8)) }

  /// Writes bytes to standard output at once.
  public static func show(_ bytes: Data) {
    // Buffered output of `print` comes first.
    checkStandardStream()
    if let failure = write(Array(bytes), to: STDOUT_FILENO) { end(after: failure) }
  }

  /// Flushes the buffered output of `print`, and ends the program where it, or earlier output, could not be written.
  public static func checkStandardStream() {
    if let failure = flushPrinted() { end(after: failure) }
  }

  /// Opens closed standard streams so that using them fails: no file that is opened later takes their descriptors and
  /// receives their output.
  static func holdStandardStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free descriptor is the missing one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  private static func end(after failure: Int32) -> Never {
    // The status that a shell reports for a program whose reader left; where the signal is not ignored, it has ended
    // the program already.
    guard failure != EPIPE else { _exit(128 + SIGPIPE) }
    let reason = failure == EBADF ? "it is closed" : String(cString: strerror(failure))
    note("error: Standard output cannot be written: \(reason). Free space, or direct it elsewhere.")
    // Engines may be running in other threads: nothing is torn down under them.
    _exit(1)
  }

  /// Writes all bytes.
  ///
  /// - Returns: The reason why it failed; `nil` on success.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Another process made the stream non-blocking.
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
}
