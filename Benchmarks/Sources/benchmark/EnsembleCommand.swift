import BenchmarkKit
import ExampleSupport

/// `benchmark ensemble`
enum EnsembleCommand {
  private static let form = Options.form(
    "ensemble",
    "A token of an ensemble of real models, against the models' own passes at the same positions in the text: side by "
      + "side as the ensemble lets them run, one after the other with the same threads, and one after the other "
      + "with all cores each. models/make_models.py makes models for it.",
    brief: "a token of an ensemble of real models, against the models' own work",
    options: [
      .values(
        "model", "PATH", "a GGUF file, an ONNX file, or a folder that holds one; the main model first, two or more"),
      .value(
        "rule", "RULE",
        "as evaluate rules lists them (the standard rule), or none: all models answer, and the main model's choice "
          + "is taken"
      ),
    ] + ModelSettings.options + [
      .value("tokens", "N", "how many tokens are timed", default: "128"),
      .value("prompt", "TEXT", "a text to continue (Once upon a time)"),
      .value("prompts", "N", "how many long prompts the models read on their own, from the beginning", default: "0"),
      .value("prompt-words", "N", "how long these are", default: "60"),
    ], rounds: nil)

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let prompts = try options.arguments.known("prompts", as: Int.self)
    try options.require(prompts >= 0, "--prompts \(prompts) is below 0")
    let workload = EnsembleWorkload(
      models: options.arguments.all("model"), rule: options.arguments.text("rule"), cores: options.threads,
      tokens: try options.count("tokens", quick: 6),
      prompt: options.arguments.text("prompt") ?? "Once upon a time", prompts: prompts,
      promptWords: try options.count("prompt-words", quick: 3),
      settings: try ModelSettings(options.arguments))
    try options.require(workload.models.count > 1, "an ensemble needs two times --model or more")
    if let rule = workload.rule, rule != EnsembleWorkload.noRule {
      _ = try namedRule(rule, members: MemberNames.names(of: workload.models))
    }
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    func table(_ unit: String, _ samples: [Samples], against together: Samples) -> String {
      Report.table(
        ["what", "ms a \(unit)", "against side by side"],
        samples.map { [$0.name, Figure.milliseconds($0), Figure.spread($0.ratio(to: together))] })
    }
    let fusion = (outcome.figures["fusion"] ?? 0) / max(1, outcome.figures["steps"] ?? 0)
    let isPrompt = { (samples: Samples) in samples.name.hasPrefix("prompt: ") }
    print(
      """
      \(options.report.head)

      \(workload.models.count) models on \(workload.cores) cores, rule \(workload.rule ?? "standard"), \
      \(workload.tokens) tokens. Largest memory: \(Figure.mebibytes(outcome.peakBytes)) MiB.
      From the last answer to the choice it takes \(Figure.number(1000 * fusion, digits: 2)) ms in the mean.

      \(table("token", outcome.samples.filter { !isPrompt($0) }, against: try outcome.samples("side by side")))
      """)
    guard prompts > 0 else { return }
    print(
      """

      Prompts of \(Figure.number((outcome.figures["prompt tokens"] ?? 0) / Double(workload.models.count))) tokens, a \
      member's mean, read from the beginning:

      \(table("prompt", outcome.samples.filter(isPrompt), against: try outcome.samples("prompt: side by side")))
      """)
  }
}
