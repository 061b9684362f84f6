import Foundation

/// Runs an example: shows its error with a remedy instead of a crash report, and sets the exit status.
public func runCommand(_ body: @Sendable () async throws -> Void) async {
  do {
    try await body()
  } catch let error as UsageError where error.problem == nil {
    print(error)
  } catch {
    Terminal.note("error: \(error)")
    exit(error is UsageError ? 2 : 1)
  }
}

/// What examples show beside their output, on the standard error stream.
public enum Terminal {
  /// Whether a person is looking.
  public static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Shows a line.
  public static func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// Shows text at once, without a newline.
  public static func show(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
  }
}
