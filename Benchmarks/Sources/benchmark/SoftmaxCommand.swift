import BenchmarkKit
import ExampleSupport

/// `benchmark softmax`
enum SoftmaxCommand {
  static let form = Options.form(
    "softmax",
    "From raw logits to the likely tokens and their probabilities, as a step of fusion does; and to a whole distribution and "
      + "its likeliest tokens, in their order.",
    options: [
      .value("vocabulary", "N", "logits (151936)"),
      .value("kept", "N", "how many of the likeliest tokens are selected (2048)"),
    ], rounds: 50)

  static func run(_ words: some Sequence<String>) throws {
    let options = try Options(words, form)
    let workload = SoftmaxWorkload(
      vocabularyCount: try options.count("vocabulary", 151_936, quick: 500),
      kept: try options.count("kept", 2048, quick: 16), rounds: try options.rounds(50))
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
