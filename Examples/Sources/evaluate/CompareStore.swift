import Evaluation
import ExampleSupport
import Foundation

/// The storage of `evaluate compare`'s answers, and its message when it cannot finish.
struct CompareStore {
  private let folder: String
  private let isNamed: Bool

  /// Checks that answers can be stored.
  init(_ plan: ComparePlan, isNamed: Bool) throws {
    folder = plan.folder
    self.isNamed = isNamed
    guard !isNamed else {
      for name in Self.names { try ResultsFile.check("\(folder)/\(name)") }
      return
    }
    // A folder of its own is created there when there is something to store.
    let parent = FileManager.default.temporaryDirectory.path
    guard FileManager.default.fileExists(atPath: parent) else {
      throw EvaluationError(
        .file, "The folder for temporary files, \(parent), does not exist",
        remedy: "Let TMPDIR name a folder that there is, or choose one for the answers with --results.")
    }
  }

  private static let names = ["development.jsonl", "test.jsonl"]

  /// Runs an operation that stores answers. A temporary folder is removed when all is done; otherwise a note gives the
  /// location of the answers and the command that continues.
  func keep(
    run: [String: String], _ body: (_ development: ResultsFile, _ test: ResultsFile) async throws -> Void
  ) async throws {
    let files = try Self.names.map { try ResultsFile("\(folder)/\($0)", run: run) }
    if !isNamed {
      Terminal.note("Until the table is shown, answers are kept in \(folder) (--results chooses a folder).")
    }
    let advice = "The answers so far are in \(folder). To resume:\n  \(command)"
    let interruption = Interruption(say: "Stopped. \(advice)")
    defer { withExtendedLifetime(interruption) {} }
    do {
      try await body(files[0], files[1])
      if !isNamed { try? FileManager.default.removeItem(atPath: folder) }
    } catch {
      if files.contains(where: { !$0.results.isEmpty }) {
        Terminal.note(advice)
      } else if !isNamed {
        try? FileManager.default.removeItem(atPath: folder)
      }
      throw error
    }
  }

  /// The command that continues the run: this one, with the folder.
  private var command: String {
    ShellWords.joined(CommandLine.arguments + (isNamed ? [] : ["--results", folder]))
  }
}

/// Words, quoted so that a shell reads them unchanged.
enum ShellWords {
  static func joined(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  private static func quoted(_ word: String) -> String {
    let isPlain = { (character: Character) in
      character.isASCII && (character.isLetter || character.isNumber) || "/._-+=:,@%".contains(character)
    }
    return !word.isEmpty && word.allSatisfy(isPlain) ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }
}
