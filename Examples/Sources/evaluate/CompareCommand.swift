import DeePEn
import Evaluation
import ExampleSupport
import Foundation

/// `evaluate compare`: every member alone, every main model with every rule, on the same questions.
enum CompareCommand {
  static let usage = """
    usage: evaluate compare [options]

    Settings, weights and the order of assistants are chosen on the development questions; the test questions are asked
    once for each row. Every answer is written to a file as it comes: after an interruption the same command goes on.

      --model PATH           a member: a .gguf file, an .onnx file, or a folder with one; repeat it
                             (bundled: atlas, scholar and wordsmith)
      --rule RULE            a rule with settings; repeat it; `evaluate rules` lists them
                             (the published rule with settings to choose from, and every other rule as it comes)
      --main NAME            only this member becomes the main model; repeat it (each in turn)
      --growing              add assistants one by one, the best first, for a row each
      --development PATH     questions to choose on, JSONL with id, domain, question, answer (bundled)
      --test PATH            questions to report on (bundled)
      --format NAME          how questions are written: questions, mmlu, arc, gsm8k, piqa, triviaqa, nq (questions);
                             all but the first need --development and --test
      --examples PATH        answered questions in the same format, to put before each question
      --shots N              how many of them (0)
      --prompts FORM         turns: examples are turns of a conversation; text: all in one text, for base models (turns)
      --template TEXT        words around a question, for all models (bundled models: Question: {prompt}\\nAnswer:
                             others: their chat template, or the bare words)
      --maximum-tokens N     the longest answer (24; gsm8k: 320)
      --healing N            how many token boundaries back members look where a word is still open; 0 for none (4)
      --skipping             leave fusion out where it provably cannot change the choice, and show for how many tokens
      --limit N              ask N questions of each file only, evenly spread (all)
      --results FOLDER       where answers are kept (a temporary folder, which is forgotten)
      --baseline ROW         the row that the others are compared with (the member that is best on the development questions)
      --output PATH          write the table to a file as well
      --report PATH          write a report with tables, intervals and controls: .html (with a chart) or .md
      --without-controls     leave the controls out of the report: they have the members read the answers to 80 development
                             questions, and fuse them twice for each row

    Example: evaluate compare --model a.gguf --model b-folder --rule deepen:rate=0.15\\|0.5 --rule prefix --results run1
    """

  static func run(_ words: some Sequence<String>) async throws {
    let arguments = try Arguments(
      words,
      options: [
        "model", "rule", "main", "development", "test", "template", "maximum-tokens", "healing", "limit", "results",
        "output", "report", "baseline", "format", "examples", "shots", "prompts",
      ], flags: ["growing", "skipping", "without-controls"], usage: usage)
    let format = try arguments.text("report").map { try ReportFormat(file: $0) }
    let rules = try rules(arguments)
    let benchmark: Benchmark = try choice("format", arguments) ?? .questions
    guard benchmark == .questions || arguments.text("development") != nil && arguments.text("test") != nil else {
      throw UsageError(problem: "--format \(benchmark.rawValue) needs --development and --test", usage: usage)
    }
    var generation = benchmark.generation
    generation.maximumTokens = try arguments.value("maximum-tokens") ?? generation.maximumTokens
    generation.skipping = arguments.has("skipping")
    let comparison = Comparison(
      members: try loadMembers(
        paths(arguments), template: arguments.text("template"),
        healing: try arguments.value("healing") ?? TokenHealing.standard.boundaries),
      development: try items(arguments.text("development") ?? Bundled.developmentQuestions, benchmark, arguments),
      test: try items(arguments.text("test") ?? Bundled.testQuestions, benchmark, arguments),
      rules: rules, mains: arguments.all("main").isEmpty ? nil : arguments.all("main"),
      growsGradually: arguments.has("growing"),
      evaluator: ItemEvaluator(generation: generation, scoresExpectedAnswers: benchmark.scoresExpectedAnswers))
    var outcome = try await run(comparison, arguments)
    if let baseline = arguments.text("baseline") {
      let names = outcome.contestants.map(\.name)
      guard names.contains(baseline) else {
        throw UsageError(problem: "There is no row \(baseline) among:\n\(names.joined(separator: "\n"))", usage: usage)
      }
      outcome.baseline = baseline
    }
    let table = try ComparisonTable(outcome).markdown
    print(table)
    if let output = arguments.text("output") {
      try (table + "\n").write(toFile: output, atomically: true, encoding: .utf8)
    }
    if let format, let path = arguments.text("report") {
      let report = try ComparisonReport(
        outcome, command: "evaluate compare " + Array(words).joined(separator: " "),
        settings: settings(of: comparison, arguments).sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
        controls: arguments.has("without-controls") ? [] : await controls(of: outcome, comparison))
      try report.text(format).write(toFile: path, atomically: true, encoding: .utf8)
    }
  }

  /// The controls; where they cannot be measured, a note says why, and the report is written without them.
  private static func controls(
    of outcome: Comparison.Outcome, _ comparison: Comparison
  ) async -> [ControlFindings] {
    let bar = SharedProgressBar("controls")
    do {
      return try await ControlFindings.measure(
        outcome, on: comparison.development, separator: comparison.evaluator.separator
      ) { bar.show($0) }
    } catch {
      Terminal.note("The report has no controls: \(error)")
      return []
    }
  }

  /// What is run, by name.
  private static func settings(of comparison: Comparison, _ arguments: Arguments) -> [String: String] {
    var settings = [
      "models": paths(arguments).joined(separator: ", "), "template": arguments.text("template") ?? "their own",
      "longest answer": "\(comparison.evaluator.generation.maximumTokens)",
      "healing": arguments.text("healing") ?? "standard",
    ]
    if arguments.has("skipping") { settings["skipping"] = "yes" }
    for name in ["format", "examples", "shots", "prompts"] { settings[name] = arguments.text(name) }
    // Settings and weights were chosen on the development questions: other ones make another run of the test too.
    settings["development questions"] = "\(comparison.development.count), \(comparison.development.fingerprint)"
    settings["test questions"] = "\(comparison.test.count), \(comparison.test.fingerprint)"
    return settings
  }

  private static func run(_ comparison: Comparison, _ arguments: Arguments) async throws -> Comparison.Outcome {
    let temporary = FileManager.default.temporaryDirectory.appending(path: "evaluate-\(UUID().uuidString)")
    let folder = arguments.text("results").map { URL(fileURLWithPath: $0) } ?? temporary
    defer { try? FileManager.default.removeItem(at: temporary) }
    let run = settings(of: comparison, arguments)
    func file(_ name: String) throws -> ResultsFile {
      try ResultsFile(folder.appending(path: name).path, run: run)
    }
    let reporter = RunReporter()
    return try await comparison.run(
      developmentFile: try file("development.jsonl"), testFile: try file("test.jsonl")
    ) { reporter.show($0) }
  }

  private static func paths(_ arguments: Arguments) -> [String] {
    arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar, Bundled.wordsmith] : arguments.all("model")
  }

  private static func items(
    _ path: String, _ benchmark: Benchmark, _ arguments: Arguments
  ) throws -> [EvaluationItem] {
    let items = try benchmark.items(
      from: path, examples: arguments.text("examples"), shots: try arguments.value("shots") ?? 0,
      form: try choice("prompts", arguments) ?? .turns)
    return try spread(items, over: arguments.value("limit"))
  }

  private static func choice<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ arguments: Arguments
  ) throws -> Value? {
    guard let text = arguments.text(name) else { return nil }
    guard let value = Value(rawValue: text) else {
      let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError(problem: "--\(name) \(text) is not one of \(known)", usage: usage)
    }
    return value
  }

  private static func rules(_ arguments: Arguments) throws -> [NamedRule] {
    let named = arguments.all("rule")
    return try (named.isEmpty ? standardRules : named).map { try NamedRule($0) }
  }

  /// What is compared when nothing is named.
  static let standardRules = [
    "deepen", "deepen:weights=adaptive", "deepen:rate=0.3|0.5|1,steps=5|10",
    "deepen:rate=0.3|0.5|1,steps=5|10,weights=adaptive", "mined", "unite", "gac", "gac:threshold=0.5",
    "prefix:combine=mean", "prefix", "prefix:weights=adaptive", "pairwise", "rescore",
  ]
}
