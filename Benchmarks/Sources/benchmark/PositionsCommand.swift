import BenchmarkKit
import ExampleSupport
import Foundation

/// `benchmark positions`
enum PositionsCommand {
  private static let form = Options.form(
    "positions",
    "Predictions of real models at many positions of a text, against each model's own pass over the text with all "
      + "logits. Each model is asked at the boundaries of the next one's tokens. Several models also score the text "
      + "together, under the standard rule.",
    brief: "predictions at many positions of a text and its score, against the models' own passes",
    options: [
      .values("model", "PATH", "a GGUF file, an ONNX file, or a folder that holds one; one or more"),
      .value("text", "PATH", "the text (the file LICENSE)"),
      .value("bytes", "N", "how much of it", default: "3000"),
      .value("piece", "N", "how many positions are asked for at once", default: "128"),
    ], rounds: 3)

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let path = options.arguments.text("text") ?? "LICENSE"
    let bytes = try options.count("bytes", quick: 200)
    let text = String(try readText(path).prefix(bytes))
    let workload = PositionsWorkload(
      models: options.arguments.all("model"), text: text, piece: try options.count("piece", quick: 16),
      rounds: try options.rounds(), threads: options.threads)
    try options.require(!workload.models.isEmpty, "positions need a --model")
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    var rows = try outcome.samples.filter { $0.name.hasPrefix("own ") }.map { own in
      let name = String(own.name.dropFirst(4))
      let positions = try outcome.samples("positions \(name)")
      let counts = ["tokens", "positions", "evaluated"].map { Figure.number(outcome.figures["\($0) \(name)"] ?? 0) }
      return [name] + counts + [Figure.spread(own), Figure.spread(positions), Figure.spread(positions.ratio(to: own))]
    }
    let passes = outcome.samples.filter { $0.name.hasPrefix("own ") }
    for score in outcome.samples where score.name.hasPrefix("score") {
      let own = Samples("own passes", score.values.indices.map { round in passes.reduce(0) { $0 + $1.values[round] } })
      rows.append(
        [score.name, "", "", "", Figure.spread(own), Figure.spread(score), Figure.spread(score.ratio(to: own))])
    }
    print(
      """
      \(options.report.head)

      \(text.utf8.count) bytes, \(workload.piece) positions at once, \(workload.threads) threads. \
      Largest memory: \(Figure.mebibytes(outcome.peakBytes)) MiB.

      \(Report.table(["model", "own tokens", "positions", "evaluated", "own pass, s", "positions, s", "ratio"], rows))
      """)
  }
}
