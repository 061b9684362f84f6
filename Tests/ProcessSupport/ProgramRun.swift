public import Foundation

/// A finished run of a program.
public struct ProgramRun {
  /// The exit status.
  public let status: Int32
  /// Its standard output and standard error.
  public let output: String

  /// Runs a program, found as a shell finds it, and waits for its end.
  ///
  /// - Parameters:
  ///   - arguments: The program and its arguments.
  ///   - folder: Its working directory; `nil` for the tests'.
  /// - Throws: The reason why the program could not be started.
  public init(_ arguments: [String], in folder: URL? = nil) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = folder }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    (status, output) = (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
