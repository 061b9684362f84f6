import ExampleSupport
import Foundation
import Testing

/// Programs whose standard streams are full, closed or left by their reader end as other tools do, never with a trap's
/// signal.
@Suite(.serialized, .timeLimit(.minutes(10))) struct StreamTests {
  /// Commands that answer with `show` and with `print`.
  static let commands = [
    ("generate", "--quiet --main '\(Bundled.atlas)' 'What is the capital of France?'"), ("generate", "--help"),
    ("evaluate", "rules"), ("evaluate", "compare --help"),
  ]

  private func run(_ command: (name: String, words: String), _ redirection: String) throws -> Program {
    try Program(shell: "exec \"$0\" \(command.words) \(redirection)", command.name)
  }

  @Test(arguments: commands) func aFullDiskIsAnError(command: (name: String, words: String)) throws {
    let run = try run(command, ">/dev/full")
    #expect(run.status == 1)
    #expect(run.notes.contains("error: Standard output cannot be written: No space left on device."), "\(run.notes)")
  }

  @Test(arguments: commands) func aClosedOutputIsAnError(command: (name: String, words: String)) throws {
    let run = try run(command, ">&-")
    #expect(run.status == 1)
    #expect(run.notes.contains("error: Standard output cannot be written: it is closed."), "\(run.notes)")
    // There is no stream left for a message.
    #expect(try self.run(command, "<&- >&- 2>&-").status == 1)
  }

  @Test(arguments: commands) func aReaderThatHasGoneIsNoError(command: (name: String, words: String)) throws {
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let run = try Program(
      shell: "exec \"$0\" \(command.words)", command.name, output: pipe.fileHandleForWriting)
    #expect(run.status == 128 + SIGPIPE && !run.notes.contains("rror"), "\(run.notes)")
    // Also where the signal is ignored, as some parents leave it.
    let ignoring = try Program(
      shell: "trap '' PIPE; exec \"$0\" \(command.words)", command.name, output: pipe.fileHandleForWriting)
    #expect(ignoring.status == 128 + SIGPIPE && !ignoring.notes.contains("rror"), "\(ignoring.notes)")
  }

  @Test(arguments: commands, ["2>/dev/full", "2>&-", "<&-", "<&- 2>&-"])
  func unusedStreamsMayBeClosed(command: (name: String, words: String), redirection: String) throws {
    let run = try run(command, redirection)
    #expect(run.status == 0 && !run.output.isEmpty, "\(run.notes)")
  }

  @Test func anErrorKeepsItsStatusWhereItCannotBeShown() throws {
    for redirection in ["2>/dev/full", "2>&-", ">&- 2>&-"] {
      #expect(try run(("generate", "--nonsense"), redirection).status == 2)
      #expect(try run(("generate", "--main nowhere.gguf x"), redirection).status == 1)
    }
  }

  /// A file that is opened later does not take the descriptor of a closed stream and receive its output.
  @Test func aFileThatIsOpenedGetsNoneOfTheOutput() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let words =
      "compare --limit 2 --model '\(Bundled.atlas)' --model '\(Bundled.scholar)' --rule prefix --results '\(folder.path)'"
    let run = try run(("evaluate", words), ">&- 2>&-")
    #expect(run.status == 1)
    for name in ["development.jsonl", "test.jsonl"] {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("{") }, "\(text)")
    }
  }
}
