import Foundation

/// A run of one of the package's programs, or of any other.
struct Program {
  var status: Int32
  var output: String
  var notes: String

  /// Runs a program that was built beside the tests.
  init(_ name: String, _ arguments: [String], output: FileHandle? = nil) throws {
    let place = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: name)
    try self.init(at: place, arguments, output: output)
  }

  /// Runs words of the shell, in which `$0` is a program that was built beside the tests.
  init(shell words: String, _ name: String, output: FileHandle? = nil) throws {
    let place = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: name).path ?? ""
    try self.init(at: URL(filePath: "/bin/bash"), ["-c", words, place], output: output)
  }

  /// Runs a program.
  ///
  /// - Parameter output: Where its standard output goes; `nil` for into ``output``.
  init(at place: URL?, _ arguments: [String], output: FileHandle? = nil) throws {
    let process = Process()
    process.executableURL = place
    process.arguments = arguments
    // A few lines each: neither pipe fills while the other is read.
    let (results, notes) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output ?? results.fileHandleForWriting
    process.standardError = notes
    try process.run()
    try results.fileHandleForWriting.close()
    self.output = String(decoding: results.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    self.notes = String(decoding: notes.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // As a shell gives it: a signal's number with 128 more.
    status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
  }
}
