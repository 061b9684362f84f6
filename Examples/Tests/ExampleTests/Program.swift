import Foundation

/// A finished run of one of the package's programs, or of any other.
struct Program {
  var status: Int32
  /// Whether a signal ended it; ``status`` is then 128 plus its number, as in a shell.
  var wasKilled: Bool
  var output: String
  var notes: String

  /// Runs a program that was built beside the tests.
  init(
    _ name: String, _ arguments: [String] = [], environment: [String: String] = [:], in folder: URL? = nil,
    output: FileHandle? = nil
  ) throws {
    self = try RunningProgram(name, arguments, environment: environment, in: folder, output: output).end()
  }

  /// Runs a shell script in which `$0` is a program that was built beside the tests.
  init(shell words: String, _ name: String = "", output: FileHandle? = nil) throws {
    let path = RunningProgram.url(of: name)?.path ?? ""
    try self.init(at: URL(filePath: "/bin/bash"), ["-c", words, path], output: output)
  }

  /// Runs a program.
  ///
  /// - Parameter output: The file for its standard output; `nil` to collect it in ``output``.
  init(at url: URL?, _ arguments: [String], output: FileHandle? = nil) throws {
    self = try RunningProgram(at: url, arguments, output: output).end()
  }

  fileprivate init(status: Int32, wasKilled: Bool, output: String, notes: String) {
    self.status = wasKilled ? status + 128 : status
    self.wasKilled = wasKilled
    self.output = output
    self.notes = notes
  }
}

/// A running program. Its output goes to files: they never fill up, and can be read while it runs.
final class RunningProgram {
  private let process = Process()
  private let folder = FileManager.default.temporaryDirectory.appending(path: "program-\(UUID().uuidString)")

  /// Starts a program that was built beside the tests.
  convenience init(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil,
    output: FileHandle? = nil
  ) throws {
    try self.init(at: Self.url(of: name), arguments, environment: environment, in: folder, output: output)
  }

  /// Starts a program.
  init(
    at url: URL?, _ arguments: [String], environment: [String: String] = [:], in directory: URL? = nil,
    output: FileHandle? = nil
  ) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process.executableURL = url
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let directory { process.currentDirectoryURL = directory }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output ?? file("output")
    process.standardError = try file("notes")
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  /// The path of a program of this package.
  static func url(of name: String) -> URL? {
    Bundle.main.executableURL?.deletingLastPathComponent().appending(path: name)
  }

  private func file(_ name: String) throws -> FileHandle {
    let url = folder.appending(path: name)
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }

  private func text(_ name: String) -> String {
    String(decoding: (try? Data(contentsOf: folder.appending(path: name))) ?? Data(), as: UTF8.self)
  }

  /// The process's number.
  var number: Int32 { process.processIdentifier }

  /// Waits until the program has reached a state, or ended.
  ///
  /// - Parameter isThere: Called with the standard error written so far.
  func wait(until isThere: (_ notes: String) -> Bool) {
    while process.isRunning, !isThere(text("notes")) { usleep(20_000) }
  }

  /// Sends a signal.
  func signal(_ signal: Int32) { kill(number, signal) }

  /// Waits for the program's end.
  func end() -> Program {
    process.waitUntilExit()
    return Program(
      status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
      output: text("output"), notes: text("notes"))
  }
}
