import BenchmarkKit
import ExampleSupport

/// `benchmark ensemble`
enum EnsembleCommand {
  static let usage = """
    usage: benchmark ensemble --model PATH --model PATH [options]

    A token of an ensemble of real models, against the models' own passes at the same places in the text: side by side as
    the ensemble lets them run, one after the other with the same threads, and one after the other with all cores each.
    models/make_models.py makes models for it.

      --model PATH     a .gguf file, an .onnx file, or a folder with one; repeat it, the main model first
      --rule RULE      as `evaluate rules` lists them (the standard rule), or none: all models answer, and the main
                       model's choice is taken
      --tokens N       how many tokens are timed (128)
      --prompt TEXT    a text to go on from (Once upon a time)
      --prompts N      how many long prompts the models read on their own, from the beginning (0)
      --prompt-words N how long these are (60)
      --threads N      cores that the models divide (all)
      --json FILE, --quick
    """

  static func run(_ words: some Sequence<String>) throws {
    let options = try Options(
      words, command: "ensemble", options: ["model", "rule", "tokens", "prompt", "prompts", "prompt-words"],
      usage: usage)
    let prompts = try options.arguments.value("prompts", as: Int.self) ?? 0
    try options.require(prompts >= 0, "--prompts \(prompts) is below 0")
    let workload = EnsembleWorkload(
      models: options.arguments.all("model"), rule: options.arguments.text("rule"), cores: options.threads,
      tokens: try options.count("tokens", 128, quick: 6),
      prompt: options.arguments.text("prompt") ?? "Once upon a time", prompts: prompts,
      promptWords: try options.count("prompt-words", 60, quick: 3))
    try options.require(workload.models.count > 1, "an ensemble needs two times --model or more")
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
