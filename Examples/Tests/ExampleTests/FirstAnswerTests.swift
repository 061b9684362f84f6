import ExampleSupport
import Foundation
import Testing

/// The program of the README, run as a reader would.
@Suite(.timeLimit(.minutes(5))) struct FirstAnswerTests {
  private func run(in folder: URL) throws -> (status: Int32, reason: Process.TerminationReason, output: String) {
    let process = Process()
    process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "first-answer")
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, process.terminationReason, String(decoding: output, as: UTF8.self))
  }

  @Test func itAnswersFromTheRepositorysFolder() throws {
    let (status, reason, output) = try run(in: Bundled.folder.deletingLastPathComponent())
    #expect(status == 0 && reason == .exit)
    #expect(output.split(separator: "\n").first == " Fe", "\(output)")
  }

  @Test func fromAnotherFolderItSaysWhatIsMissingAndEnds() throws {
    let (status, reason, output) = try run(in: FileManager.default.temporaryDirectory)
    #expect(status == 1 && reason == .exit)
    #expect(output.hasPrefix("error: Examples/Models/atlas/atlas.gguf"), "\(output)")
    #expect(output.split(separator: "\n").count == 1, "\(output)")
  }
}
