import DeePEn
import Evaluation
import EvaluationTools
import ExampleSupport
import Foundation

/// The plan of `evaluate compare`: its options, read and checked before any model is loaded.
struct ComparePlan {
  let models: [String]
  let rules: [NamedRule]
  let mains: [String]?
  let healing: Int
  let settings: ModelSettings
  let benchmark: Benchmark
  let generation: ResponseOptions
  let development: [EvaluationItem]
  let test: [EvaluationItem]
  /// The reasons why lines of the files were left out.
  let leftOut: [String]
  /// The folder in which answers are stored.
  let folder: String
  let output: OutputFile?
  let report: (file: OutputFile, format: ReportFormat)?
  private let rows: ComparisonRows
  private let arguments: Arguments

  init(_ arguments: Arguments) throws {
    self.arguments = arguments
    report = try arguments.text("report").map { (try OutputFile($0), try ReportFormat(file: $0)) }
    output = try arguments.text("output").map { try OutputFile($0) }
    if let output, let report, output.path == report.file.path {
      throw arguments.wrong("--output and --report name one file, \(output.path)")
    }
    let named = arguments.all("rule")
    rules = try (named.isEmpty ? CompareCommand.standardRules : named).map { try NamedRule($0) }
    let labels = rules.flatMap { $0.variants.map(\.label) }
    if let twice = labels.first(where: { label in labels.filter { $0 == label }.count > 1 }) {
      throw arguments.wrong("--rule \(twice) is given twice")
    }
    settings = try ModelSettings(arguments)
    healing = try arguments.known("healing")
    let benchmark: Benchmark = try arguments.choice("format") ?? .questions
    self.benchmark = benchmark
    guard benchmark == .questions || arguments.text("development") != nil && arguments.text("test") != nil else {
      throw arguments.wrong("--format \(benchmark.rawValue) needs --development and --test")
    }
    let answers: AnswerForm? = benchmark.hasChoices ? nil : try arguments.choice("answers")
    let choices: ChoiceForm? = benchmark.hasChoices ? try arguments.choice("answers") : nil
    var generation = benchmark.generation(answers: answers, choices: choices)
    generation.maximumTokens = try arguments.count("maximum-tokens") ?? generation.maximumTokens
    self.generation = generation

    let given = arguments.all("model")
    models = given.isEmpty ? [Bundled.atlas, Bundled.scholar, Bundled.wordsmith] : given
    mains = arguments.all("main").isEmpty ? nil : arguments.all("main")
    if models.count > 1, !arguments.has("growing") {
      for variant in rules.flatMap(\.variants) where variant.fusesTokens {
        try variant.rule().validate(members: MemberNames.names(of: models), hasScores: true)
      }
    }
    rows = ComparisonRows(
      members: MemberNames.names(of: models), rules: rules, mains: mains, growsGradually: arguments.has("growing"))
    try rows.checkMains()
    if let baseline = arguments.text("baseline") { try rows.check(baseline) }

    let (shots, form): (Int, PromptForm) = (try arguments.known("shots"), try arguments.choice("prompts") ?? .turns)
    guard shots > 0 || arguments.text("examples") == nil else {
      throw arguments.wrong("--examples needs --shots N, how many of them stand before a question")
    }
    let limit = try arguments.count("limit")
    var leftOut: [String] = []
    func items(_ path: String) throws -> [EvaluationItem] {
      let items = try benchmark.items(
        from: path, examples: arguments.text("examples"), shots: shots, form: form, answers: answers, choices: choices
      ) { error in
        if !leftOut.contains(error.problem) { leftOut.append(error.problem) }
      }
      return try spread(items, over: limit)
    }
    development = try items(arguments.text("development") ?? Bundled.developmentQuestions)
    test = try items(arguments.text("test") ?? Bundled.testQuestions)
    self.leftOut = leftOut

    guard arguments.text("results") != "" else { throw arguments.wrong("--results names no folder") }
    folder =
      arguments.text("results")
      ?? FileManager.default.temporaryDirectory.appending(path: "evaluate-\(UUID().uuidString)").path
  }

  /// The run's identity, for the results' files.
  func identity(of comparison: Comparison) throws -> [String: String] {
    var identity = try comparison.identity()
    identity["template"] = arguments.text("template") ?? "their own"
    return identity
  }

  /// The run's settings, for people.
  func description(of comparison: Comparison) throws -> [String: String] {
    var settings = try identity(of: comparison)
    settings["models"] = models.joined(separator: ", ")
    for name in ["format", "answers", "examples", "shots", "prompts"] { settings[name] = arguments.text(name) }
    return settings
  }

  /// The row that others are compared with, by the requested name. The variant of a rule is known only when the
  /// development questions have chosen one.
  func row(_ name: String, of outcome: Comparison.Outcome) -> String {
    let row = rows.row(name, among: outcome.contestants.map(\.name))
    if row != name {
      Terminal.note("There is no row \(name) in this run; rows are compared with \(row ?? outcome.baseline).")
    }
    return row ?? outcome.baseline
  }
}
