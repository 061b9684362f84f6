import ExampleSupport
import Foundation
import Testing

/// `generate` on the bundled models.
@Suite(.serialized, .timeLimit(.minutes(10))) struct GenerateTests {
  private let iron = "What is the chemical symbol of iron?"

  private func generate(_ arguments: String...) throws -> Program { try Program("generate", arguments) }

  @Test func theEnsembleAnswersFirstAndEachMemberOnRequest() throws {
    let run = try generate("--alone", iron)
    #expect(run.status == 0, "\(run.notes)")
    let lines = run.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines.first == iron)
    let starts = [
      "together:  Fe", "changed “ Er” (atlas alone: 3 %) to “ Fe” (together: ", "(stop, ", "atlas:", "scholar:   Fe",
    ]
    #expect(lines.count == 6 && zip(lines.dropFirst(), starts).allSatisfy { $0.hasPrefix($1) }, "\(run.output)")
    let together = try generate("--prompt", iron)
    #expect(!together.output.contains("atlas:") && together.output.contains("together:  Fe"), "\(together.output)")
  }

  @Test(arguments: [[], ["--alone"]]) func aSingleModelAnswersOnce(more: [String]) throws {
    let run = try Program("generate", ["--main", Bundled.scholar, iron] + more)
    #expect(run.status == 0, "\(run.notes)")
    #expect(run.output.contains("  scholar:   Fe\n") && !run.output.contains("together"), "\(run.output)")
    #expect(run.output.components(separatedBy: " Fe").count == 2)
  }

  /// The required contents of a line of JSON.
  private struct Line: Decodable {
    struct Choice: Decodable, Equatable {
      var member: String?
      var text: String?
    }
    struct Change: Decodable {
      var main: Choice
      var together: Choice
      var assistants: [Choice]
    }
    struct Single: Decodable {
      var member: String
      var answer: String
    }
    struct Figures: Decodable { var steps: Int }
    var prompt: String
    var answer: String
    var stopReason: String
    var members: [String]
    var tokens: [Int]
    var changes: [Change]
    var events: [String]
    var statistics: Figures
    var alone: [Single]?
  }

  @Test func everyPromptIsALineOfJSONAndNothingElse() throws {
    let other = "Name the capital of\n“Peru” \\ Perú."
    let run = try generate("--json", "--alone", "--prompt", iron, "--prompt", other)
    #expect(run.status == 0, "\(run.notes)")
    let lines = try run.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    try #require(lines.map(\.prompt) == [iron, other])
    let line = lines[0]
    #expect(line.answer == " Fe" && line.stopReason == "stop" && line.members == ["atlas", "scholar"])
    #expect(line.tokens.count == line.statistics.steps && line.events.isEmpty)
    #expect(line.alone?.map(\.member) == ["atlas", "scholar"] && line.alone?[1].answer == " Fe")
    #expect(line.changes.first?.main == Line.Choice(member: "atlas", text: " Er"))
    #expect(line.changes.first?.together == Line.Choice(text: " Fe"))
    #expect(line.changes.first?.assistants == [Line.Choice(member: "scholar", text: " Fe")])
    let plain = try generate("--json", iron)
    #expect(try JSONDecoder().decode(Line.self, from: Data(plain.output.utf8)).alone == nil)
  }

  @Test func takesAnyNumberOfModelsAndSamplingOptions() throws {
    let run = try generate(
      "--main", Bundled.scholar, "--assistant", Bundled.atlas, "--assistant", Bundled.wordsmith,
      "--weights", "0.5,0.3,0.2", "--temperature", "0.8", "--top-k", "5", "--seed", "1", "--quiet", iron)
    #expect(run.status == 0, "\(run.notes)")
    #expect(run.output.count > 1)
  }

  @Test func theSameSeedGivesTheSameAnswer() throws {
    func answer() throws -> String {
      try generate("--temperature", "1", "--seed", "7", "--quiet", "What is the opposite of hot?").output
    }
    #expect(try answer() == answer())
  }

  @Test func weightsOfTheRuleCount() throws {
    func answer(_ arguments: String...) throws -> String {
      try Program("generate", arguments + ["--quiet", iron]).output
    }
    #expect(try answer("--rule", "pairwise:weights=1/0") == answer("--main", Bundled.atlas))
    #expect(try answer("--rule", "pairwise:weights=0/1") == " Fe\n")
  }

  @Test(
    "Unusable arguments are refused before a model is loaded, with a remedy",
    arguments: [
      (["--promt", "x"], 2, "--promt is not an option; did you mean --prompt?"),
      (["--prompt", "--quiet"], 2, "--prompt=--quiet"),
      (["--weights", ",,0.5", "x"], 2, "has an item that is empty"),
      (["--context", "0", "x"], 2, "--context 0 is below 1"),
      (["--threads", "0", "x"], 2, "--threads 0 is below 1"),
      (["--quiet", "--alone", "x"], 2, "--alone asks for more"),
      (["--weights", "1", "x"], 1, "The number of weights is 1, for 2 members"),
      (["--rule", "pairwise:weights=adaptive", "x"], 1, "none are known here"),
      (["--rule", "pairwise:weights=1/0", "--weights", "1,0", "x"], 1, "says how much members count as well"),
      (["--rule", "pairwise:weights=1/0/0", "x"], 1, "The number of weights is 3, for 2 members"),
      (["--input-embeddings", "nowhere=x", "x"], 1, "nowhere=x is for none of the models"),
      (["--maximum-tokens", "0", "x"], 2, "--maximum-tokens 0 is below 1"),
      (["--top-k", "0", "x"], 2, "--top-k 0 is below 1"),
      (["--top-p", "0", "x"], 2, "--top-p 0.0 is not a share above 0"),
      (["--temperature=-1", "x"], 2, "--temperature -1.0 is not a number of 0 or more"),
      (["--stop", "", "x"], 2, "--stop is empty"),
      (["--rule", "gac:by=perplexity,usual=atlas:1/scholr:2", "x"], 1, "names scholr, which is no member"),
      (["--main", Bundled.atlas, "--input-embeddings", "y", "x"], 1, "only ONNX models have constants"),
      (["--main", "nowhere.gguf", "x"], 1, "nowhere.gguf: does not exist"),
    ])
  func refusals(words: [String], status: Int32, expected: String) throws {
    let run = try Program("generate", words)
    #expect(run.status == status && run.notes.contains(expected) && run.output.isEmpty, "\(run.notes)")
    #expect(status == 1 || run.notes.contains("usage: generate"))
  }

  @Test func theContextIsAsLongAsIsSaid() throws {
    let run = try generate("--main", Bundled.atlas, "--context", "8", "--quiet", iron)
    #expect(run.status == 1 && run.notes.contains("--context"), "\(run.notes)")
    // Twelve tokens are the question's; the answer ends where the context does.
    let longer = try generate("--main", Bundled.atlas, "--context", "64", "--quiet", iron)
    #expect(longer.status == 0 && longer.output.count > 1, "\(longer.notes)")
  }

  @Test func theConstantWithInputEmbeddingsCanBeNamed() throws {
    func run(_ text: String) throws -> Program {
      try generate("--rule", "deepen:cache=off", "--input-embeddings", text, "--quiet", iron)
    }
    let unknown = try Program(
      "generate",
      [
        "--main", Bundled.atlas, "--assistant", Bundled.scholar, "--rule", "deepen:cache=off", "--quiet",
        "--input-embeddings", "\(Bundled.scholar)=no.such.constant", iron,
      ])
    #expect(unknown.status == 1 && unknown.notes.contains("no.such.constant"), "\(unknown.notes)")
    let unread = try generate("--input-embeddings", "no.such.constant", "--quiet", iron)
    #expect(unread.status == 1 && unread.notes.contains("no.such.constant"), "\(unread.notes)")
    let (known, usual) = (try run("model.embeddings.weight"), try generate("--rule", "deepen", "--quiet", iron))
    #expect(known.status == 0 && known.output == usual.output, "\(known.notes)")
  }

  @Test func everyCommandThatLoadsModelsTakesTheirOptions() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).txt")
    defer { try? FileManager.default.removeItem(at: file) }
    try String(repeating: "What is the capital of France? ", count: 3).write(
      to: file, atomically: true, encoding: .utf8)
    func score(_ more: String...) throws -> Program {
      try Program("evaluate", ["score", "--text", file.path, "--model", Bundled.atlas] + more)
    }
    #expect(try !score().output.contains("windows"))
    let short = try score("--context=16")
    #expect(short.status == 0 && short.output.contains("windows)"), "\(short.notes)")
    let none = try score("--context", "0")
    #expect(none.status == 2 && none.notes.contains("--context 0 is below 1"))
    for words in [["-h"], ["score", "-h"]] {
      #expect(try Program("evaluate", words).output.contains("  --context N  "))
    }
  }

  @Test(arguments: ["generate", "custom-backend", "evaluate"]) func everyProgramHasHelpAndAVersion(name: String) throws
  {
    for word in ["-h", "--help"] {
      let run = try Program(name, [word])
      #expect(run.status == 0 && run.output.hasPrefix("usage: \(name) ") && run.notes.isEmpty, "\(run.notes)")
    }
    let version = try Program(name, ["--version"])
    #expect(version.status == 0 && version.output == toolVersion + "\n" && version.notes.isEmpty)
  }
}
