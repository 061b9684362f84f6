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
      --rule RULE      as `evaluate rules` lists them (the standard rule)
      --tokens N       how many tokens are timed (128)
      --prompt TEXT    a text to go on from (Once upon a time)
      --threads N      cores that the models divide (all)
      --json FILE, --quick
    """

  static func run(_ words: some Sequence<String>) throws {
    let options = try Options(
      words, command: "ensemble", options: ["model", "rule", "tokens", "prompt"], usage: usage)
    let workload = EnsembleWorkload(
      models: options.arguments.all("model"), rule: options.arguments.text("rule"), cores: options.threads,
      tokens: try options.count("tokens", 128, quick: 6),
      prompt: options.arguments.text("prompt") ?? "Once upon a time")
    try options.require(workload.models.count > 1, "an ensemble needs two times --model or more")
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    let together = try outcome.samples("side by side")
    let rows = outcome.samples.map { samples in
      [samples.name, Figure.milliseconds(samples), Figure.spread(samples.ratio(to: together))]
    }
    print(
      """
      \(options.report.head)

      \(workload.models.count) models on \(workload.cores) cores, rule \(workload.rule ?? "standard"), \
      \(workload.tokens) tokens. Largest memory: \(Figure.mebibytes(outcome.peakBytes)) MiB.

      \(Report.table(["what", "ms a token", "against side by side"], rows))
      """)
  }
}
