import BenchmarkKit
import EvaluationTools
import ExampleSupport
import Foundation

/// `benchmark growth`
enum GrowthCommand {
  private static let form = Options.form(
    "growth",
    "A fused step against the number of tokens, of anchors, of members, of steps of the search and of kept tokens, one "
      + "after the other; what does not vary stays at the middle of its list. A table and, with --plots, a picture for "
      + "each.",
    brief: "a fused step against tokens, anchors, members, steps and kept tokens, with plots",
    options: [
      .value("vocabularies", "LIST", "numbers of tokens", default: "8000,16000,32000"),
      .value("anchors", "LIST", "numbers of anchors", default: "2000,4000,8000"),
      .value("members", "LIST", "numbers of members", default: "2,3,4"),
      .value("steps", "LIST", "steps of the search", default: "1,5,10"),
      .value("kept", "LIST", "kept tokens", default: "128,512,2048"),
      .value("dimension", "N", "length of an embedding", default: "1024"),
      Options.shape,
      .value("methods", "LIST", "methods of benchmark step, with commas", default: "dense,factored,prefix"),
      .value("plots", "FOLDER", "where pictures go"),
    ], rounds: 10)

  /// The sizes of a measurement.
  private struct Sizes {
    var vocabulary: Int
    var anchors: Int
    var members: Int
    var steps: Int
    var kept: Int
  }

  /// One quantity that grows.
  private struct Axis {
    var name: String
    var file: String
    var path: WritableKeyPath<Sizes, Int>
    var values: [Int]
  }

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let axes = [
      Axis(
        name: "tokens", file: "tokens", path: \.vocabulary,
        values: try options.counts("vocabularies", quick: [1000, 1200])),
      Axis(
        name: "anchors", file: "anchors", path: \.anchors,
        values: try options.counts("anchors", quick: [600, 800])),
      Axis(
        name: "members", file: "members", path: \.members,
        values: try options.counts("members", quick: [2, 3])),
      Axis(
        name: "steps of the search", file: "steps", path: \.steps,
        values: try options.counts("steps", quick: [1, 2])),
      Axis(
        name: "kept tokens", file: "kept", path: \.kept,
        values: try options.counts("kept", quick: [32, 64])),
    ]
    func middle(_ index: Int) -> Int { axes[index].values[axes[index].values.count / 2] }
    let standard = Sizes(
      vocabulary: middle(0), anchors: middle(1), members: middle(2), steps: middle(3), kept: middle(4))
    try options.require(
      (axes[1].values.min() ?? 0) > 512 && (axes[1].values.max() ?? 0) <= (axes[0].values.min() ?? 0),
      "--anchors are from 513 to the smallest of the --vocabularies")
    try options.require((axes[2].values.min() ?? 0) > 1, "--members are 2 or more")
    let methods = try options.methods()
    // A folder that cannot be created is reported before the first measurement.
    if let folder = options.arguments.text("plots") {
      do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw BenchmarkError("\(folder) cannot be created", remedy: "Give --plots a place that may be written.")
      }
    }
    print(options.report.head)
    for axis in axes { try measure(axis, standard, methods, options) }
  }

  private static func measure(_ axis: Axis, _ standard: Sizes, _ methods: [String], _ options: Options) throws {
    var points = methods.map { _ in [LineChart.Point]() }
    let rows = try axis.values.map { value in
      var sizes = standard
      sizes[keyPath: axis.path] = value
      let workload = StepWorkload(
        vocabularyCounts: Array(repeating: sizes.vocabulary, count: sizes.members), anchorCount: sizes.anchors,
        dimensions: Array(repeating: try options.count("dimension", quick: 32), count: sizes.members),
        shape: try options.shape(), steps: sizes.steps, kept: sizes.kept, methods: methods,
        rounds: try options.rounds(), threads: options.threads)
      let outcome = try Worker.run(workload)
      try options.report.record(workload, outcome)
      return try ["\(value)"]
        + methods.enumerated().map { index, method in
          let samples = try outcome.samples(method)
          points[index].append(LineChart.Point(x: Double(value), y: samples.median * 1000))
          return Figure.milliseconds(samples)
        }
    }
    print(
      """

      \(standard.vocabulary) tokens, \(standard.anchors) anchors, \(standard.members) members, T \(standard.steps), \
      \(standard.kept) kept tokens, but for what the first column says:

      \(Report.table([axis.name] + methods.map { "\($0), ms a step" }, rows))
      """)
    guard let folder = options.arguments.text("plots") else { return }
    let chart = LineChart(
      "A fused step", xLabel: axis.name, yLabel: "ms",
      series: zip(methods, points).map { LineChart.Series(name: $0, points: $1) })
    try chart.svg.write(
      to: URL(filePath: folder).appending(path: "growth-\(axis.file).svg"), atomically: true, encoding: .utf8)
  }
}
