import ExampleSupport
import Foundation
import Testing

/// Every example runs on the bundled models.
@Suite(.timeLimit(.minutes(20))) struct RunTests {
  private func run(_ name: String, _ arguments: String...) throws -> (status: Int32, output: String, notes: String) {
    let run = try Program(name, arguments)
    return (run.status, run.output, run.notes)
  }

  @Test func customBackendTakesPartInAnEnsemble() throws {
    let (status, output, notes) = try run("custom-backend")
    #expect(status == 0, "\(notes)")
    #expect(output.contains("atlas + n-gram"), "\(output)")
    #expect(output.contains("n-gram: full"), "\(output)")
  }

  @Test func evaluatePrintsATableOfMembersAndEnsembles() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    func compare() throws -> (status: Int32, output: String, notes: String) {
      try run(
        "evaluate", "compare", "--limit", "4", "--model", Bundled.atlas, "--model", Bundled.scholar, "--rule",
        "deepen:rate=0.3|0.5", "--rule", "prefix", "--rule", "unite", "--results", folder.path)
    }
    let (status, output, notes) = try compare()
    #expect(status == 0, "\(notes)")
    for row in [
      "| atlas alone |", "| scholar alone |", "| atlas ← scholar, deepen rate=0.", "| scholar ← atlas, prefix |",
    ] {
      #expect(output.contains(row), "\(output)")
    }
    let (limit, _, advice) = try run("evaluate", "compare", "--limit", "-1")
    #expect(limit == 2 && advice.contains("--limit -1 is below 1"))
    // Results of other questions are not mixed in.
    let (other, _, refusal) = try run(
      "evaluate", "compare", "--limit", "5", "--model", Bundled.atlas, "--model", Bundled.scholar, "--results",
      folder.path)
    #expect(other == 1 && refusal.contains("holds results of another run"), "\(refusal)")
    // Existing answers are not asked again.
    let again = try compare()
    #expect(again.output == output)
    #expect(!again.notes.contains("test:"), "\(again.notes)")
  }

  @Test func evaluateTeachesItsCommandsAndRules() throws {
    #expect(try run("evaluate").output.contains("compare"))
    #expect(try run("evaluate", "compare", "--help").output.contains("--rule RULE"))
    #expect(try run("evaluate", "rules").output.contains("deepen"))
    let (usage, _, help) = try run("evaluate", "compete")
    #expect(usage == 2 && help.contains("compete is not a command"))
    let (status, _, notes) = try run("evaluate", "compare", "--rule", "deepn")
    #expect(status == 1 && notes.contains("There is no rule deepn"))
  }

  @Test func evaluateScoresATextUnderMembersAndRules() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).txt")
    defer { try? FileManager.default.removeItem(at: file) }
    try "A hacker is a person.\n\nWhat is the capital of France?".write(to: file, atomically: true, encoding: .utf8)
    let (status, output, notes) = try run("evaluate", "score", "--text", file.path, "--rule", "prefix:weights=1/0")
    #expect(status == 0, "\(notes)")
    let lines = output.split(separator: "\n").map { $0.split(separator: " ")[0] }
    #expect(lines.count == 3 && lines[0] == lines[2], "\(output)")
  }

  @Test func evaluateWritesMarkdownAndRefusesOtherEndings() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let report = folder.path + ".md"
    defer { try? FileManager.default.removeItem(atPath: report) }
    let (status, output, notes) = try run(
      "evaluate", "compare", "--limit", "4", "--main", "atlas", "--model", Bundled.atlas, "--model",
      Bundled.scholar, "--rule", "pairwise", "--rule", "deepen:precision=exact,storage=factored,cache=off",
      "--results", folder.path, "--report", report, "--without-controls")
    #expect(status == 0, "\(output) \(notes)")
    let written = try String(contentsOfFile: report, encoding: .utf8)
    #expect(written.contains("atlas ← scholar, pairwise") && !written.contains("<html"))
    let (refused, _, advice) = try run("evaluate", "compare", "--report", folder.path + ".doc")
    #expect(refused != 0 && advice.contains(".md") && advice.contains(".html"), "\(advice)")
  }

  @Test func evaluateMatchesTwoVocabularies() throws {
    let (status, output, notes) = try run(
      "evaluate", "match", "--from", Bundled.scholar, "--to", Bundled.atlas, "--show", "3")
    #expect(status == 0, "\(notes)")
    #expect(output.contains("have an equal") && output.contains("→"), "\(output)")
    #expect(try run("evaluate", "match", "--from", Bundled.scholar).status == 2)
  }
}
