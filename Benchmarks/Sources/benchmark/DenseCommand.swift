import BenchmarkKit
import ExampleSupport

/// `benchmark dense`
enum DenseCommand {
  private static let form = Options.form(
    "dense",
    "The published step of two members with whole matrices R̂ in memory: two projections, then T steps of the "
      + "search with one product there and one back. Reading the matrices is all that such a step has to do, so its "
      + "speed is given in bytes a second and as a share of what reading alone reaches in the same rounds. The "
      + "products are the package's own and, for comparison, those of the matrix library (BLAS).",
    brief: "the published step with whole matrices, against reading them",
    options: [
      .value("vocabulary", "N", "tokens of each member", default: "32000"),
      .value("anchors", "N", "anchors", default: "24000"),
      .value("steps", "N", "steps of the search, T", default: "5"),
    ], rounds: 12)

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let workload = DenseWorkload(
      vocabularyCount: try options.count("vocabulary", quick: 300),
      anchorCount: try options.count("anchors", quick: 200), steps: try options.count("steps", quick: 2),
      threads: options.threads, rounds: try options.rounds())
    try options.require(
      workload.anchorCount <= workload.vocabularyCount, "there are more --anchors than tokens in the --vocabulary")
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    let read = try outcome.samples("read")
    let stepPasses = outcome.figures["passes"] ?? .nan
    let rows = outcome.samples.map { samples in
      let passes = samples.name.hasPrefix("step") ? stepPasses : 1
      let speed = Samples("", samples.values.map { passes * workload.passBytes / $0 / 1e9 })
      let share = Samples("", zip(samples.values, read.values).map { passes * $1 / $0 })
      return [
        samples.name, Figure.milliseconds(samples), Figure.number(passes, digits: 2), Figure.spread(speed),
        Figure.percent(share.median),
      ]
    }
    print(
      """
      \(options.report.head)

      Two members of \(workload.vocabularyCount) tokens × \(workload.anchorCount) anchors, T \(workload.steps), \
      \(workload.threads) threads; \(Figure.number(workload.passBytes / gibibyte)) GiB a matrix. A step makes \
      \(Int(stepPasses)) passes over a matrix: one for each member, two for each step of the search. Largest memory: \
      \(Figure.mebibytes(outcome.peakBytes)) MiB.

      \(Report.table(["what", "ms", "passes", "GB/s", "share of reading"], rows))
      """)
  }
}
