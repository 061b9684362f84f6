import BenchmarkKit
import ExampleSupport

/// `benchmark softmax`
enum SoftmaxCommand {
  private static let form = Options.form(
    "softmax",
    "From raw logits to the likely tokens and their probabilities, as a step of fusion does; and to a whole "
      + "distribution and its likeliest tokens, in their order.",
    brief: "from raw logits to a distribution and its likeliest tokens",
    options: [
      .value("vocabulary", "N", "logits", default: "151936"),
      .value("kept", "N", "how many of the likeliest tokens are selected", default: "2048"),
    ], rounds: 50)

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let workload = SoftmaxWorkload(
      vocabularyCount: try options.count("vocabulary", quick: 500),
      kept: try options.count("kept", quick: 16), rounds: try options.rounds())
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    let rows = outcome.samples.map { samples in
      [
        samples.name, Figure.spread(samples, scale: 1e6),
        Figure.number(samples.median * 1e9 / Double(workload.vocabularyCount)),
      ]
    }
    print(
      """
      \(options.report.head)

      \(workload.vocabularyCount) logits, the \(workload.kept) likeliest tokens; one thread.

      \(Report.table(["what", "µs", "ns a logit"], rows))
      """)
  }
}
