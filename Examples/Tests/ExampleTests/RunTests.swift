import ExampleSupport
import Foundation
import Testing

/// Every example runs on the bundled models.
@Suite(.timeLimit(.minutes(5))) struct RunTests {
  private func run(_ name: String, _ arguments: String...) throws -> (status: Int32, output: String, notes: String) {
    let process = Process()
    process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: name)
    process.arguments = arguments
    // A few lines each: neither pipe fills while the other is read.
    let (output, notes) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = notes
    try process.run()
    let texts = [output, notes].map { String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
    process.waitUntilExit()
    return (process.terminationStatus, texts[0], texts[1])
  }

  @Test func generateShowsEachMemberAndTheEnsemble() throws {
    let (status, output, notes) = try run("generate", "--prompt", "What is the capital of France?")
    #expect(status == 0, "\(notes)")
    for word in ["What is the capital of France?", "atlas", "scholar", "together"] {
      #expect(output.contains(word), "\(output)")
    }
  }

  @Test func generateTakesAnyNumberOfModelsAndSamplingOptions() throws {
    let (status, output, notes) = try run(
      "generate", "--main", Bundled.scholar, "--assistant", Bundled.atlas, "--assistant", Bundled.wordsmith,
      "--weights", "0.5,0.3,0.2", "--temperature", "0.8", "--top-k", "5", "--seed", "1", "--quiet",
      "--prompt", "What is the chemical symbol of iron?")
    #expect(status == 0, "\(notes)")
    #expect(!output.isEmpty)
  }

  @Test func theSameSeedGivesTheSameAnswer() throws {
    func answer() throws -> String {
      try run("generate", "--temperature", "1", "--seed", "7", "--quiet", "--prompt", "What is the opposite of hot?")
        .output
    }
    #expect(try answer() == answer())
  }

  @Test func aWrongOptionAndAMissingModelSayWhatToDo() throws {
    let (usage, _, help) = try run("generate", "--promt", "x")
    #expect(usage == 2)
    #expect(help.contains("--promt is not an option") && help.contains("usage:"))
    let (status, _, notes) = try run("generate", "--main", "nowhere.gguf")
    #expect(status == 1)
    #expect(notes.contains("nowhere.gguf"))
  }

  @Test func customBackendTakesPartInAnEnsemble() throws {
    let (status, output, notes) = try run("custom-backend")
    #expect(status == 0, "\(notes)")
    #expect(output.contains("atlas + n-gram"), "\(output)")
    #expect(output.contains("n-gram: full"), "\(output)")
  }

  @Test func evaluatePrintsATableOfMembersAndEnsembles() throws {
    let (status, output, notes) = try run("evaluate", "--limit", "4", "--rates", "0.3", "--steps", "5")
    #expect(status == 0, "\(notes)")
    for row in ["| atlas alone |", "| scholar alone |", "| atlas ← scholar, Avg", "| scholar ← atlas, Adapt"] {
      #expect(output.contains(row), "\(output)")
    }
  }
}
