import Foundation
import Testing

/// Every command runs at tiny sizes and prints its table; speed does not matter here.
@Suite(.timeLimit(.minutes(20))) struct RunTests {
  private func run(_ arguments: String...) throws -> (status: Int32, output: String, notes: String) {
    let process = Process()
    process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "benchmark")
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

  @Test(
    "Each command prints the machine and a table of what it compares",
    arguments: [
      ("bandwidth", ["| read | 1 |", "| triad | 2 |", "| sgemm | 2 |", "GB/s", "GFLOP/s"]),
      ("dense", ["| read |", "| step |", "| p·R |", "| R·y, BLAS |", "A step makes 6 passes"]),
      ("step", ["| dense |", "| prefix |", "largest memory"]),
      ("prefix", ["| standard rule |", "| projection |", "| search |", "Members of 1200 and 1000 tokens"]),
      ("softmax", ["| likely tokens |", "| softmax |", "| selection |"]),
      ("build", ["| sgemm |", "| dense |", "GFLOP/s"]),
      ("growth", ["| tokens |", "| anchors |", "| members |", "| steps of the search |", "| kept tokens |"]),
    ])
  func tables(command: String, expected: [String]) throws {
    let (status, output, notes) = try run(command, "--quick", "--threads", "2")
    #expect(status == 0, "\(notes)")
    #expect(output.hasPrefix("benchmark \(command), on "), "\(output)")
    for text in expected { #expect(output.contains(text), "\(text) is missing in\n\(output)") }
  }

  /// The required contents of a line of JSON.
  private struct Line: Decodable {
    struct Samples: Decodable {
      var name: String
      var values: [Double]
    }
    struct Outcome: Decodable {
      var samples: [Samples]
      var figures: [String: Double]
      var peakBytes: Int
    }
    var command: String
    var outcome: Outcome
  }

  @Test("The methods that follow the published rule agree, and every measurement is a line of JSON")
  func agreement() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    // All tokens kept: nothing is left out, so only rounding distinguishes the two methods.
    let (status, output, notes) = try run(
      "step", "--quick", "--methods", "dense,support", "--kept", "1200", "--json", file.path)
    #expect(status == 0, "\(notes)")
    #expect(output.contains("| support | 100.0 % |"), "\(output)")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    // One for the comparison, one for each method's memory.
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.command == "benchmark step" && $0.outcome.peakBytes > 1 << 20 })
    let samples = Dictionary(uniqueKeysWithValues: lines[0].outcome.samples.map { ($0.name, $0.values) })
    for name in ["support: L1 anchors", "support: L1 tokens"] {
      let values = try #require(samples[name])
      #expect(values.count == 3 && values.allSatisfy { (0..<1e-3).contains($0) }, "\(name): \(values)")
    }
    #expect(samples["dense"]?.count == 2 && samples["support"]?.allSatisfy { $0 > 0 } == true)
  }

  @Test("The streamed reference answers once for all methods, and equals the published rule")
  func streamed() throws {
    let (status, output, notes) = try run(
      "step", "--quick", "--methods", "dense,support", "--kept", "1200", "--reference", "streamed", "--no-memory")
    #expect(status == 0, "\(notes)")
    #expect(output.contains("| against streamed |"), "\(output)")
    for method in ["dense", "support"] {
      let row = try #require(
        output.split(separator: "\n").last { $0.hasPrefix("| \(method) | 100.0 % |") }, "\(output)")
      let anchors = try #require(row.split(separator: "|")[2].split(separator: ",").first)
      #expect(try #require(Double(anchors.trimmingCharacters(in: .whitespaces))) < 1e-5, "\(row)")
    }
  }

  @Test("Reading an alignment from the cache is measured beside building it, and a step can be taken from there")
  func cached() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (status, output, notes) = try run("build", "--quick", "--methods", "factored")
    #expect(status == 0 && output.contains("| factored |") && output.contains("| read from the cache |"), "\(notes)")
    for _ in 0..<2 {
      let (status, output, notes) = try run(
        "step", "--quick", "--methods", "factored", "--reference", "dense", "--cache", folder, "--no-memory")
      #expect(status == 0 && output.contains("| factored |"), "\(notes)")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.filter { $0.hasSuffix(".alignment") }.count == 2, "\(files)")
    }
  }

  @Test("Keeping fewer tokens makes a measurable difference")
  func truncation() throws {
    let (status, output, notes) = try run(
      "step", "--quick", "--methods", "dense,support", "--kept", "4", "--no-memory")
    #expect(status == 0, "\(notes)")
    let row = try #require(output.split(separator: "\n").last { $0.hasPrefix("| support |") })
    let anchors = try #require(row.split(separator: "|")[2].split(separator: ",").first)
    #expect(try #require(Double(anchors.trimmingCharacters(in: .whitespaces))) > 1e-3, "\(row)")
  }

  @Test(
    "The examples' models as an ensemble, against their own work",
    .enabled(if: Engines.areInstalled, Engines.advice))
  func ensemble() throws {
    let (status, output, notes) = try run(
      "ensemble", "--quick", "--model", Engines.models + "/atlas/atlas.gguf", "--model", Engines.models + "/scholar",
      "--prompt", "Question: What is the capital of France?\nAnswer:", "--prompts", "1")
    #expect(status == 0, "\(notes)")
    for row in [
      "| ensemble |", "| side by side |", "| in turn |", "| in turn, all cores |", "| prompt: side by side |",
      "| prompt: in turn |", "| prompt: in turn, all cores |",
    ] {
      #expect(output.contains(row), "\(output)")
    }
  }

  @Test("An ensemble is measured without a rule", .enabled(if: Engines.areInstalled, Engines.advice))
  func ensembleWithoutARule() throws {
    let (status, output, notes) = try run(
      "ensemble", "--quick", "--rule", "none", "--model", Engines.models + "/atlas/atlas.gguf", "--model",
      Engines.models + "/scholar", "--prompt", "Question: What is the capital of France?\nAnswer:")
    #expect(status == 0, "\(notes)")
    #expect(output.contains("rule none") && output.contains("| ensemble |"), "\(output)")
  }

  @Test("Positions of a text are measured", .enabled(if: Engines.areInstalled, Engines.advice))
  func positions() throws {
    let (status, output, notes) = try run(
      "positions", "--quick", "--model", Engines.models + "/atlas/atlas.gguf", "--model", Engines.models + "/scholar",
      "--text", Engines.models + "/../../LICENSE")
    #expect(status == 0, "\(notes)")
    #expect(output.contains("| atlas |") && output.contains("| scholar |"), "\(output)")
  }

  @Test("Growth is drawn")
  func plots() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (status, _, notes) = try run("growth", "--quick", "--methods", "prefix", "--plots", folder.path)
    #expect(status == 0, "\(notes)")
    for name in ["tokens", "anchors", "members", "steps", "kept"] {
      let svg = try String(contentsOf: folder.appending(path: "growth-\(name).svg"), encoding: .utf8)
      #expect(svg.contains("<polyline") && svg.contains(">prefix<"))
    }
  }

  @Test("Commands explain themselves, and errors for wrong arguments list the possible ones")
  func usage() throws {
    #expect(try run().output.contains("ensemble"))
    for command in ["bandwidth", "dense", "step", "prefix", "softmax", "build", "ensemble", "positions", "growth"] {
      for word in ["-h", "--help"] {
        let (status, output, _) = try run(command, word)
        #expect(status == 0 && output.contains("usage: benchmark \(command)"))
      }
    }
    for (words, complaint) in [
      (["steps"], "steps is not a command"),
      (["step", "--methods", "sparse"], "Choose from dense, factored, support, prefix"),
      (["step", "--reference", "sparse"], "Choose from dense, factored, support, prefix, streamed"),
      (["step", "--methods", "streamed"], "There is no method streamed"),
      (["dense", "--anchors", "0"], "--anchors 0 is below 1"),
      (["step", "--anchors", "40000"], "--anchors is from 513"), (["ensemble"], "needs two times --model"),
      (["ensemble", "--prompts", "-1"], "--prompts -1 is below 0"),
      (["step", "--tolerance", "-1"], "--tolerance needs a number from 0 on"),
      (["worker", "nothing"], "There is no workload nothing"),
      (["step", "--methods", ",dense"], "an item that is empty"),
      (["step", "--stesp", "1"], "did you mean --steps?"),
      (["step", "--steps", "1", "--steps", "2"], "is given twice"),
      (["softmax", "--quick", "--json", "/nowhere/lines.jsonl"], "/nowhere/lines.jsonl cannot be written"),
      (["growth", "--quick", "--plots", "/dev/null/plots"], "/dev/null/plots cannot be created"),
      (["ensemble", "--model", "a", "--model", "b", "--rule", "deepn"], "There is no rule deepn"),
    ] {
      let process = Process()
      process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "benchmark")
      process.arguments = words
      let notes = Pipe()
      (process.standardError, process.standardInput) = (notes, FileHandle.nullDevice)
      try process.run()
      let text = String(decoding: notes.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus != 0 && text.contains(complaint), "\(words): \(text)")
    }
  }
}

/// The requirements of the ensemble of the examples' models.
enum Engines {
  static let models = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Examples/Models").path

  static let advice: Comment = "ONNXRUNTIME_LIB names no library: run Tools/test, which sets it."
  static var areInstalled: Bool { ProcessInfo.processInfo.environment["ONNXRUNTIME_LIB"] != nil }
}
