import BenchmarkKit
import ExampleSupport

/// `benchmark build`
enum BuildCommand {
  private static let form = Options.form(
    "build",
    "The making of one member's alignment from embeddings in memory, against the speed of large matrix products in "
      + "the same rounds: all cosines are 2·V·A·d operations. Beside factored, reading the result from the cache.",
    brief: "the making of alignments, against large matrix products",
    options: [
      .value("vocabulary", "N", "tokens", default: "32000"),
      .value("anchors", "N", "anchors", default: "24000"),
      .value("dimension", "N", "length of an embedding", default: "1024"),
      Options.shape,
      .value("methods", "LIST", "methods of benchmark step, with commas", default: "dense"),
      .value("matrix", "N", "the side of the matrices whose product sets the scale", default: "4096"),
    ], rounds: 5)

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let workload = BuildWorkload(
      vocabularyCount: try options.count("vocabulary", quick: 300),
      anchorCount: try options.count("anchors", quick: 200),
      dimension: try options.count("dimension", quick: 32), shape: try options.shape(),
      methods: try options.methods(), matrixSize: try options.count("matrix", quick: 64),
      rounds: try options.rounds(), threads: options.threads)
    try options.require(
      workload.anchorCount <= workload.vocabularyCount, "there are more --anchors than tokens in the --vocabulary")
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    let scale = try outcome.samples("sgemm")
    let rows = outcome.samples.map { samples in
      let operations = samples.name == "sgemm" ? workload.scaleOperations : workload.operations
      let share = Samples(
        "", zip(samples.values, scale.values).map { operations / $0 / (workload.scaleOperations / $1) })
      let isProduct = samples.name != "read from the cache"
      return [
        samples.name, Figure.spread(samples),
        isProduct ? Figure.number(operations / samples.median / 1e9) : "–",
        isProduct ? Figure.percent(share.median) : "–",
      ]
    }
    print(
      """
      \(options.report.head)

      \(workload.vocabularyCount) tokens × \(workload.anchorCount) anchors × \(workload.dimension) dimensions, \
      \(workload.threads) threads. Largest memory: \(Figure.mebibytes(outcome.peakBytes)) MiB.

      \(Report.table(["what", "s", "GFLOP/s", "share of sgemm"], rows))
      """)
  }
}
