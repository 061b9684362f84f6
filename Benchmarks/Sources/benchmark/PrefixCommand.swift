import BenchmarkKit
import ExampleSupport

/// `benchmark prefix`
enum PrefixCommand {
  private static let form = Options.form(
    "prefix",
    "A fused step in the space of byte prefixes: the standard rule (each assistant with the main model), and all "
      + "members in one space with the parts of such a step.",
    brief: "a fused step in the space of byte prefixes, with its parts",
    options: [
      .values(
        "vocabulary", "FILE",
        "a GGUF file whose vocabulary is used, the main model's first, two or more (synthetic ones)"
      ),
      .value("vocabularies", "N,N", "sizes of synthetic vocabularies", default: "151936,128256"),
      .value("shared", "N", "how many tokens those share", default: "100000"),
    ], rounds: 50)

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let workload = PrefixWorkload(
      files: options.arguments.all("vocabulary"),
      vocabularyCounts: try options.counts("vocabularies", quick: [1200, 1000]),
      sharedCount: try options.count("shared", quick: 800), rounds: try options.rounds(),
      threads: options.threads)
    try options.require(workload.files.count != 1, "one --vocabulary makes no ensemble: give two or more")
    if workload.files.isEmpty {
      try options.require(workload.vocabularyCounts.count > 1, "--vocabularies needs two sizes or more")
      try options.require(
        workload.sharedCount > 512 && workload.vocabularyCounts.allSatisfy { $0 >= workload.sharedCount },
        "--shared is from 513 to the size of the smallest vocabulary")
    }
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    let members = workload.files.isEmpty ? workload.vocabularyCounts.count : workload.files.count
    let sizes = (0..<members).map { "\(Int(outcome.figures["tokens \($0)"] ?? 0))" }.joined(separator: " and ")
    print(
      """
      \(options.report.head)

      Members of \(sizes) tokens, \(Int(outcome.figures["anchors"] ?? 0)) anchors, aligned in \
      \(Figure.number(outcome.figures["build"] ?? .nan)) s. Largest memory: \(Figure.mebibytes(outcome.peakBytes)) MiB.

      \(Report.table(["what", "ms"], outcome.samples.map { [$0.name, Figure.milliseconds($0)] }))
      """)
  }
}
