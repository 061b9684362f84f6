import ExampleSupport
import Foundation
import Testing

/// Promises of `evaluate` beside its tables: errors before the work, interruptions, documents.
@Suite(.timeLimit(.minutes(10))) struct EvaluateTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "evaluate-tests-\(UUID().uuidString)")

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func start(_ arguments: [String]) throws -> RunningProgram {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // Temporary folders are examined: they are this test's own.
    return try RunningProgram("evaluate", arguments, environment: ["TMPDIR": folder.path + "/"])
  }

  private func run(_ arguments: String...) throws -> (status: Int32, output: String, notes: String) {
    let run = try start(arguments).end()
    return (run.status, run.output, run.notes)
  }

  private func write(_ text: String, _ name: String) throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    return path(name)
  }

  private static let two = ["--model", Bundled.atlas, "--model", Bundled.scholar]

  /// A model that cannot be loaded is reported when it is loaded: an error about anything else comes before.
  @Test(arguments: [
    (["compare", "--report", "/no/such/folder/r.html"], "/no/such/folder/r.html cannot be written"),
    (["compare", "--output", "FOLDER"], "it is a folder"),
    (["compare", "--output", "/proc/version/x"], "cannot be written"),
    (["compare", "--results", "/proc/nowhere/run"], "/proc/nowhere"),
    (["compare", "--results", ""], "names no folder"),
    (["compare", "--rule", "gac", "--rule", "gac"], "--rule gac is given twice"),
    (["compare", "--rule", "gac:weights=1/0/0"], "The number of weights is 3, for 2 members"),
    (["compare", "--examples", "/no/such/file"], "--examples needs --shots"),
    (["compare", "--baseline", "atlas allone"], "There is no row atlas allone"),
    (["compare", "--main", "nobody"], "There is no member nobody"), (["compare", "--answers", "fuzzy"], "fuzzy"),
    (["compare", "--maximum-tokens", "0"], "0"), (["compare", "--test", "/no/such/file"], "/no/such/file"),
    (["study", "colours"], "colours is not a study"),
    (["study", "weights", "--rule", "gack"], "There is no rule gack"),
    (["study", "search", "--plot", "/no/such/folder/p.svg"], "/no/such/folder/p.svg cannot be written"),
    (["study", "anchors", "--frequent-in", "/no/such/file"], "/no/such/file: does not exist"),
    (["study", "weights", "--text", "/no/such/file"], "/no/such/file: does not exist"),
    (["study", "search", "--rates", "fast"], "fast"), (["study", "search", "--steps", "-1"], "-1"),
    (["score", "--text", "/no/such/file"], "/no/such/file: does not exist"),
    (["score", "--text", "SAMPLE", "--rule", "gack"], "There is no rule gack"),
    (["score", "--text", "SAMPLE", "--overlap", "1"], "--overlap"),
    (["doctor", "--text", "/no/such/file"], "/no/such/file: does not exist"),
    (["doctor", "--rows", "0"], "--rows"), (["explain", "--rule", "gack"], "There is no rule gack"),
    (["explain", "--questions", "/no/such/file"], "/no/such/file"), (["explain", "--show", "-1"], "--show"),
    (["picture", "--plot", "/no/such/folder/p.svg"], "cannot be written"), (["picture", "--tokens", "0"], "--tokens"),
    (["match", "--from", "BROKEN", "--to", "BROKEN", "--show", "-1"], "--show"),
  ])
  func wrongOptionsAreFoundBeforeAModelIsLoaded(words: [String], problem: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let broken = try write("GGUF", "broken.gguf")
    let sample = try write("two words", "sample.txt")
    var arguments = words.map { ["FOLDER": folder.path, "SAMPLE": sample, "BROKEN": broken][$0] ?? $0 }
    if words[0] != "match" { arguments += ["--model", broken, "--model", Bundled.scholar] }
    if words.contains("atlas allone") { arguments += ["--model", Bundled.atlas] }
    let run = try start(arguments).end()
    let text = run.notes
    #expect(run.output.isEmpty)
    #expect([1, 2].contains(run.status) && text.contains(problem), "\(text)")
    #expect(!text.contains("NSCocoaErrorDomain") && !text.contains("Domain="), "\(text)")
  }

  @Test func resultsAreOneJSONDocument() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    struct Interval: Decodable { var value, low, high: Double }
    struct Row: Decodable {
      struct Failures: Decodable { var failureCount: Int }
      var contestant: String
      var score: Interval?
      var failures: Failures
    }
    struct Comparison: Decodable {
      var version: Int
      var baseline: String
      var itemCount: Int
      var rows: [Row]
      var settings: [String: String]
    }
    let compared = try run(
      "compare", "--limit", "2", "--model", Bundled.atlas, "--model", Bundled.scholar, "--main", "atlas",
      "--rule", "prefix", "--json")
    let document = try JSONDecoder().decode(Comparison.self, from: Data(compared.output.utf8))
    #expect(document.version == 1 && document.itemCount == 2 && document.settings["model atlas"]?.count == 32)
    #expect(document.rows.map(\.contestant) == ["atlas alone", "scholar alone", "atlas ← scholar, prefix"])
    #expect(document.rows.allSatisfy { $0.score != nil && $0.failures.failureCount == 0 })
    #expect(document.rows.contains { $0.contestant == document.baseline })

    struct Scores: Decodable {
      struct Row: Decodable {
        var name: String
        var bitsPerByte: Double
        var byteCount: Int
      }
      var rows: [Row]
    }
    let text = try write("A hacker is a person.\n\nWhat is the capital of France?", "text.txt")
    let scored = try run("score", "--text", text, "--rule", "prefix:weights=1/0", "--json")
    let scores = try JSONDecoder().decode(Scores.self, from: Data(scored.output.utf8)).rows
    #expect(scores.map(\.name) == ["atlas alone", "scholar alone", "prefix weights=1/0"])
    // All but the first word of each paragraph.
    #expect(scores.allSatisfy { $0.byteCount == 20 + 26 && $0.bitsPerByte > 0 })

    struct Findings: Decodable {
      struct Member: Decodable {
        struct Finding: Decodable {
          var value: Double?
          var unknown: String?
        }
        var name: String
        var vocabularyCount: Int
        var bitsPerByte: Finding
      }
      struct Diagnosis: Decodable {
        var members: [Member]
        var advice: [String]
      }
      var diagnosis: Diagnosis
    }
    let examined = try run("doctor", "--model", Bundled.atlas, "--model", Bundled.scholar, "--files-only", "--json")
    let findings = try JSONDecoder().decode(Findings.self, from: Data(examined.output.utf8)).diagnosis
    #expect(findings.members.map(\.name) == ["atlas", "scholar"] && !findings.advice.isEmpty)
    #expect(findings.members.allSatisfy { $0.bitsPerByte.value == nil && $0.bitsPerByte.unknown != nil })
  }

  @Test func anInterruptedRunSaysHowToContinueAndContinues() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let words =
      ["compare", "--limit", "40", "--main", "atlas", "--rule", "prefix", "--template", "Question: {prompt}\\nAnswer:"]
      + Self.two
    let running = try start(words)
    // The first bar is shown when questions have been answered.
    running.wait { $0.contains("█") }
    running.signal(SIGINT)
    let interrupted = running.end()
    let text = interrupted.notes
    #expect(interrupted.wasKilled && interrupted.status == 128 + SIGINT)
    let command = try #require(
      text.split(separator: "\n").last { $0.contains("--results") }.map(String.init), "\(text)")
    #expect(command.contains("'Question: {prompt}\\nAnswer:'"))
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("evaluate-") }
    #expect(left.count == 1 && command.contains(left[0]), "\(left) \(command)")
    let kept = try String(contentsOfFile: path(left[0]) + "/development.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(kept.count > 1)
    // The command as it stands, in a shell.
    let resumed = try Program(shell: command)
    #expect(resumed.status == 0 && resumed.output.contains("| atlas ← scholar, prefix |"), "\(resumed.output)")
    let after = try String(contentsOfFile: path(left[0]) + "/development.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(Array(after.prefix(kept.count)) == kept)
  }

  @Test func aFinishedRunLeavesNoFiles() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (status, _, notes) = try run(
      "compare", "--limit", "1", "--main", "atlas", "--rule", "prefix", "--model", Bundled.atlas, "--model",
      Bundled.scholar)
    #expect(status == 0, "\(notes)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasPrefix("evaluate-") })
  }

  @Test func aMissingFolderForTemporaryFilesIsNotCreated() throws {
    let missing = folder.path + "-missing"
    let run = try RunningProgram("evaluate", ["compare", "--limit", "1"] + Self.two, environment: ["TMPDIR": missing])
      .end()
    #expect(run.status == 1 && run.notes.contains("TMPDIR") && run.notes.contains(missing), "\(run.notes)")
    #expect(!FileManager.default.fileExists(atPath: missing))
  }

  @Test func twoRunsDoNotShareAFolder() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let words =
      ["compare", "--limit", "40", "--main", "atlas", "--rule", "prefix", "--results", path("run")] + Self.two
    let first = try start(words)
    first.wait { _ in FileManager.default.fileExists(atPath: path("run/test.jsonl")) }
    let second = try start(words).end()
    first.signal(SIGKILL)
    #expect(second.status == 1)
    #expect(second.notes.contains("is being written by process \(first.number) on "), "\(second.notes)")
    _ = first.end()
  }

  @Test func aRowWithoutAnswersEndsInAnErrorWithItsReason() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // Longer than atlas' context.
    let words = String(repeating: "hot and cold ", count: 400)
    let line = #"{"id": "1", "domain": "d", "question": "\#(words)", "answer": "a"}"#
    let questions = try write(line + "\n", "long.jsonl")
    let (status, output, notes) = try run(
      "compare", "--development", questions, "--test", questions, "--rule", "prefix", "--model", Bundled.atlas,
      "--model", Bundled.scholar)
    #expect(status == 1 && output.isEmpty && notes.contains("answered none of 1 items"), "\(notes)")
    #expect(!notes.contains("0.0 %"))
  }

  @Test func sentencesAreCountedWhereTheFormIsChosen() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let lines = (1...2).map {
      #"{"question": "What is the chemical symbol of iron? (\#($0))", "answer": ["zzz", "F"]}"#
    }
    let questions = try write(lines.joined(separator: "\n") + "\n", "nq.jsonl")
    let left = try write(lines.joined(separator: "\n") + "\n{\"question\": \"\", \"answer\": \"x\"}\n", "left.jsonl")
    let (status, output, notes) = try run(
      "compare", "--format", "nq", "--development", questions, "--test", left, "--rule", "prefix", "--main", "atlas",
      "--model", Bundled.atlas, "--model", Bundled.scholar)
    #expect(status == 0 && output.contains("**0.0**"), "\(output) \(notes)")
    #expect(notes.contains("No row is right in more than 0.0 % of its answers, read in the form squad"), "\(notes)")
    #expect(notes.contains("left out: \(left), line 3: the field question is empty"), "\(notes)")
  }

  @Test func weightsAreTunedOnAGivenText() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = try write("The capital of Peru is Lima.\n\nIron and gold.\n\nword\n", "own.txt")
    let (status, output, notes) = try run(
      "study", "weights", "--text", text, "--model", Bundled.atlas, "--model", Bundled.scholar)
    #expect(status == 0 && output.contains("| standard | "), "\(notes)")
    #expect(notes.contains("reading 2 texts"), "\(notes)")
    let (refused, _, advice) = try run("study", "perplexity", "--text", text)
    #expect(refused == 2 && advice.contains("--questions"))
  }

  @Test func modelsWithEqualNamesAreDistinguished() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["x/onnx", "y/onnx", "x/small/onnx", "y/small/onnx-hf", "z/onnx"] {
      try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }
    try #"{"_name_or_path": "someone/pebble-1b"}"#.write(
      toFile: path("z/onnx/config.json"), atomically: true, encoding: .utf8)
    #expect(MemberNames.names(of: ["/m/a.gguf", "/m/b.gguf"]) == ["a", "b"])
    #expect(MemberNames.names(of: [path("x/onnx"), path("y/onnx/")]) == ["x", "y"])
    #expect(MemberNames.names(of: [path("x/small/onnx"), path("y/small/onnx-hf")]) == ["small-onnx", "small-onnx-hf"])
    #expect(MemberNames.names(of: [path("x/small"), path("y/small")]) == ["x-small", "y-small"])
    #expect(MemberNames.names(of: [path("z/onnx")]) == ["pebble-1b"])
    #expect(MemberNames.names(of: ["/m/onnx/q4.onnx", "/m/onnx/q8.onnx"]) == ["m-onnx-q4", "m-onnx-q8"])
    #expect(MemberNames.names(of: ["/m/a.gguf", "/n/a.gguf", "/m/a.gguf"]) == ["m-a", "n-a", "m-a 2"])
    #expect(MemberNames.names(of: ["/m/a.gguf", "/m/a.gguf"]) == ["a", "a 2"])
  }
}
