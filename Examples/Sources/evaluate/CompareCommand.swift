import DeePEn
import Evaluation
import EvaluationTools
import ExampleSupport
import Foundation

/// `evaluate compare`: every member alone, every main model with every rule, on the same questions.
enum CompareCommand {
  static let command = Command(
    CommandForm(
      "evaluate compare",
      "Settings, weights and the order of assistants are chosen on the development questions; the test questions "
        + "are asked once for each row. Every answer is written to a file as it comes: after an interruption the "
        + "same command resumes it.",
      brief: "members alone and together under several rules: one table with intervals",
      options: [
        .values(
          "model", "PATH",
          "a member: a GGUF file, an ONNX file, or a folder with one (bundled: atlas, scholar and wordsmith)"),
        .values(
          "rule", "RULE",
          "a rule with settings; evaluate rules lists them (the published rule with settings to choose from, and every "
            + "other rule as it comes)"),
        .values("main", "NAME", "only this member becomes the main model (each in turn)"),
        .flag("growing", "add assistants one by one, the best first, for a row each"),
        .value("development", "PATH", "questions to choose on, JSONL with id, domain, question, answer (bundled)"),
        .value("test", "PATH", "questions to report on (bundled)"),
        .value(
          "format", .choice("NAME", of: Benchmark.self),
          "how questions are written: questions, mmlu, arc, gsm8k, piqa, triviaqa, nq; all but the first need "
            + "--development and --test", default: Benchmark.questions.rawValue),
        .value(
          "answers", .choice("FORM", of: AnswerForm.allCases.map(\.rawValue) + ChoiceForm.allCases.map(\.rawValue)),
          "what counts as right. Written answers: exact, line, squad, contains (the expected words are anywhere in the "
            + "answer: for models that answer in sentences), number. Options: letter (the likeliest letter), text (the "
            + "likeliest option's text), written (the option that an answer names). (questions: line; gsm8k: number; "
            + "triviaqa, nq: squad; mmlu, arc: letter; piqa: text)"),
        .value("examples", "PATH", "answered questions in the same format, to put before each question"),
        .value("shots", "N", "how many of them", default: "0"),
        .value(
          "prompts", .choice("FORM", of: PromptForm.self),
          "turns: examples are turns of a conversation; text: all in one text, for base models",
          default: PromptForm.turns.rawValue),
        .value(
          "template", "TEXT",
          "words around a question, for all models (bundled models: Question: {prompt}\\nAnswer: others: their chat "
            + "template, or the bare words)"),
        .value(
          "maximum-tokens", "N", "the longest answer (24; contains: 64; written: 256; gsm8k: 320)"),
        .value(
          "healing", "N", "how many token boundaries back members look where a word is still open; 0 for none",
          default: "\(TokenHealing.standard.boundaries)"),
        .value("limit", "N", "ask N questions of each file only, evenly spread (all)"),
        .value(
          "results", "FOLDER",
          "where answers are kept (a temporary folder, which stays if the command is interrupted)"),
        .value(
          "baseline", "ROW",
          "the row that the others are compared with (the member that is best on the development questions)"),
        .flag("json", "print one JSON document instead of the table"),
        .value("output", "FILE", "write the table to a file as well"),
        .value(
          "report", "FILE", "write a report with tables, intervals and controls: .html (with a chart) or .md"),
        .flag(
          "without-controls",
          "leave the controls out of the report: they have the members read the answers to 80 development "
            + "questions, and fuse them twice for each row"),
      ] + ModelSettings.options,
      notes: "Example: evaluate compare --model a.gguf --model b-folder --rule deepen:rate=0.15\\|0.5 --rule prefix "
        + "--results run1"
    ), run: run)

  private static func run(_ arguments: Arguments) async throws {
    // Every check that needs no model comes before a model is loaded.
    let plan = try ComparePlan(arguments)
    let store = try CompareStore(plan, isNamed: arguments.text("results") != nil)
    for line in plan.leftOut { Terminal.note("left out: \(line)") }
    let comparison = Comparison(
      members: try loadMembers(
        plan.models, template: arguments.text("template"), healing: plan.healing, settings: plan.settings),
      development: plan.development, test: plan.test, rules: plan.rules, mains: plan.mains,
      growsGradually: arguments.has("growing"),
      evaluator: ItemEvaluator(
        generation: plan.generation, scoresExpectedAnswers: plan.benchmark.scoresExpectedAnswers))
    try await store.keep(run: plan.identity(of: comparison)) { developmentFile, testFile in
      let reporter = RunReporter()
      var outcome = try await comparison.run(developmentFile: developmentFile, testFile: testFile) {
        reporter.show($0)
      }
      if let baseline = arguments.text("baseline") {
        outcome.baseline = plan.row(baseline, of: outcome)
      }
      try await show(outcome, comparison, plan, arguments)
    }
  }

  /// Prints and writes the results.
  ///
  /// - Throws: For a row without any answer, its error, after everything is written.
  private static func show(
    _ outcome: Comparison.Outcome, _ comparison: Comparison, _ plan: ComparePlan, _ arguments: Arguments
  ) async throws {
    let table = try ComparisonTable(outcome).markdown
    let hint = AnswerHint(outcome.results, on: comparison.test)
    if !arguments.has("json") { print(table) }
    if let hint { Terminal.note("\n\(hint.text)") }
    try plan.output?.write(table + "\n")
    let settings = try plan.description(of: comparison)
    var controls: [ControlFindings]?
    if let report = plan.report {
      controls = arguments.has("without-controls") ? nil : await self.controls(of: outcome, comparison)
      try report.file.write(
        ComparisonReport(
          outcome, command: "evaluate " + ShellWords.joined(Array(CommandLine.arguments.dropFirst())),
          settings: settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, controls: controls ?? [],
          notes: (hint.map { [$0.text] } ?? []) + plan.leftOut.map { "Left out: \($0)" }
        ).text(report.format))
    }
    if arguments.has("json") {
      try JSONOutput.show(
        ComparisonDocument(
          baseline: outcome.baseline, itemCount: comparison.test.count,
          developmentScores: Dictionary(
            uniqueKeysWithValues: zip(comparison.members.map(\.name), outcome.developmentScores)),
          rows: try Standing.standings(
            of: outcome.results, contestants: outcome.contestants.map(\.name), baseline: outcome.baseline),
          settings: settings, hint: hint, leftOut: plan.leftOut, controls: controls))
    }
    let errors = outcome.failures.compactMap(\.error)
    for error in errors.dropFirst() { Terminal.note("error: \(error)") }
    if let first = errors.first { throw first }
  }

  /// The controls; where they cannot be measured, a note gives the reason, and the report is written without them.
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

  /// The rules that are compared when none is named.
  static let standardRules = [
    "deepen", "deepen:weights=adaptive", "deepen:rate=0.3|0.5|1,steps=5|10",
    "deepen:rate=0.3|0.5|1,steps=5|10,weights=adaptive", "mined", "unite", "gac", "gac:threshold=0.5",
    "prefix:combine=mean", "prefix", "prefix:weights=adaptive", "pairwise", "rescore",
  ]
}
