import BenchmarkKit
import ExampleSupport

/// `benchmark bandwidth`
enum BandwidthCommand {
  private static let form = Options.form(
    "bandwidth",
    "Reads, and STREAM's triad, over buffers far larger than the caches; products of square matrices. With 1 thread "
      + "and with all of --threads.",
    brief: "what the memory delivers, and the speed of large matrix products",
    options: [
      .value("mebibytes", "N", "the size of each of three buffers", default: "1024"),
      .value("matrix", "N", "the side of the matrices", default: "4096"),
    ], rounds: 20)

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let workload = BandwidthWorkload(
      bufferBytes: try options.count("mebibytes", quick: 4) << 20,
      matrixSize: try options.count("matrix", quick: 128),
      threads: options.threads == 1 ? [1] : [1, options.threads], rounds: try options.rounds())
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    let rows = outcome.samples.map { samples in
      let speed = Samples(
        samples.name,
        samples.values.map { seconds in
          (workload.bytes(of: samples.name) ?? workload.operations) / seconds / 1e9
        })
      let unit = workload.bytes(of: samples.name) == nil ? "GFLOP/s" : "GB/s"
      let words = samples.name.split(separator: " ")
      return [String(words[0]), String(words[1]), "\(Figure.spread(speed)) \(unit)"]
    }
    print("\(options.report.head)\n\n\(Report.table(["what", "threads", "speed"], rows))")
  }
}
