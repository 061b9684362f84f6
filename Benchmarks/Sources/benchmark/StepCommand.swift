import BenchmarkKit
import DeePEn
import ExampleSupport

/// `benchmark step`
enum StepCommand {
  private static let form = Options.form(
    "step",
    "A fused step of synthetic members, with several methods, on logits with a language model's shape. All methods get "
      + "the same logits and take turns. Each method's memory is measured in a separate process. Methods that follow "
      + "the published rule are compared with one of them: whether the likeliest token is the same, and Σ|a − b| of the "
      + "fused distributions over anchors and over tokens, as the median and the 99 % quantile over steps.\n\n"
      + StepMethod.all.map { "\($0.name): \($0.summary)\n" }.joined()
      + "\(StreamedReference.name), only as --reference: the published rule on all tokens, rows of R̂ computed once "
      + "for all steps",
    brief: "a fused step of synthetic members, with several methods: time, memory, agreement",
    options: [
      .value("vocabularies", "N,N", "tokens of each member, the main model's first", default: "32000,32000"),
      .value("anchors", "N", "shared tokens, which are the anchors", default: "24000"),
      .value("dimensions", "N,N", "length of each member's embeddings; one number for all of them", default: "4096"),
      Options.shape,
      .value("steps", "N", "steps of the search, T", default: "5"),
      .value(
        "kept", "N", "how many of a member's likeliest tokens count, if a method leaves others out", default: "2048"),
      .value(
        "tolerance", "X",
        "the error of a member's relative distribution that factored aims at (\(NarrowingPrecision().tolerance))"),
      .value("methods", "LIST", "methods to measure, with commas", default: "dense,prefix"),
      .value("reference", "NAME", "the method that others are compared with (dense if it is measured, else support)"),
      .value(
        "reference-kept", "N",
        "how many tokens the reference keeps, where it leaves others out (4096), or whose rows streamed searches "
          + "among (1024)"
      ),
      .value("compared", "N", "on how many steps methods are compared", default: "100"),
      .flag("against-pytorch", "also time the published step in PyTorch"),
      .value("python", "PATH", "the interpreter for it (/usr/bin/python3)"),
      .value(
        "cache", "FOLDER",
        "keep what is taken apart there, and read it in later runs: preparation is not comparable then"),
      .flag("no-memory", "leave out the processes in which memory is measured"),
    ], rounds: 20)

  static let command = Command(form) { try run($0) }

  private static func run(_ arguments: Arguments) throws {
    let options = try Options(arguments, form)
    let workload = try workload(options)
    let outcome = try Worker.run(workload)
    try options.report.record(workload, outcome)
    let memory = try options.arguments.has("no-memory") ? [:] : measureMemory(workload, options)
    print(options.report.head + "\n\n" + description(workload, outcome) + "\n")
    print(try times(workload, outcome, memory: memory))
    if let agreement = agreement(workload, outcome) { print("\n" + agreement) }
  }

  private static func workload(_ options: Options) throws -> StepWorkload {
    let vocabularies = try options.counts("vocabularies", quick: [1200, 1000])
    var dimensions = try options.counts("dimensions", quick: [64])
    if dimensions.count == 1 { dimensions = Array(repeating: dimensions[0], count: vocabularies.count) }
    try options.require(
      dimensions.count == vocabularies.count, "--dimensions needs one number, or one for each of the --vocabularies")
    let anchors = try options.count("anchors", quick: 800)
    try options.require(
      anchors > 512 && vocabularies.allSatisfy { $0 >= anchors },
      "--anchors is from 513 to the size of the smallest of the --vocabularies")
    let methods = try options.methods()
    let reference = options.arguments.text("reference") ?? (methods.contains("dense") ? "dense" : "support")
    try StepReferences.check(reference)
    let tolerance = try options.arguments.value("tolerance", as: Float.self)
    try options.require(tolerance.map { $0 >= 0 } ?? true, "--tolerance needs a number from 0 on")
    let usesPyTorch = options.arguments.has("against-pytorch")
    return StepWorkload(
      vocabularyCounts: vocabularies, anchorCount: anchors, dimensions: dimensions, shape: try options.shape(),
      steps: try options.count("steps", quick: 2), kept: try options.count("kept", quick: 64),
      tolerance: tolerance, methods: methods, reference: reference,
      referenceKept: try options.arguments.count("reference-kept")
        ?? (options.isQuick ? 256 : reference == StreamedReference.name ? 1024 : 4096),
      compared: try options.count("compared", quick: 3), rounds: try options.rounds(), threads: options.threads,
      python: usesPyTorch ? options.arguments.text("python") ?? "/usr/bin/python3" : nil,
      cache: options.arguments.text("cache"))
  }

  /// Each method's peak memory in bytes.
  private static func measureMemory(_ workload: StepWorkload, _ options: Options) throws -> [String: Int] {
    var memory: [String: Int] = [:]
    for method in workload.methods {
      var alone = workload
      (alone.methods, alone.reference, alone.compared, alone.rounds, alone.python) = ([method], nil, 0, 2, nil)
      let outcome = try Worker.run(alone)
      try options.report.record(alone, outcome)
      memory[method] = outcome.peakBytes
    }
    return memory
  }

  private static func description(_ workload: StepWorkload, _ outcome: Outcome) -> String {
    let sizes = workload.vocabularyCounts.map(String.init).joined(separator: " and ")
    let dimensions = workload.dimensions.map(String.init).joined(separator: " and ")
    let likeliest = (try? outcome.samples("likeliest").median) ?? .nan
    let left = (try? outcome.samples("left out")) ?? Samples("")
    return """
      Members of \(sizes) tokens, \(workload.anchorCount) anchors, d \(dimensions), embeddings \
      \(workload.shape.rawValue), T \(workload.steps), \(workload.threads) threads. \
      The main model's likeliest token has the probability \
      \(Figure.number(likeliest, digits: 2)) in half of the steps; the \(workload.kept) likeliest tokens leave out \
      \(Figure.percent(left.median)) in the median and \(Figure.percent(left.quantile(0.95))) in 5 % of the steps.
      """
  }

  private static func times(
    _ workload: StepWorkload, _ outcome: Outcome, memory: [String: Int]
  ) throws -> String {
    let names = workload.methods + (workload.python == nil ? [] : ["pytorch"])
    let first = try outcome.samples(names[names.count - 1])
    let rows = try names.map { name in
      let samples = try outcome.samples(name)
      return [
        name, Figure.milliseconds(samples), Figure.spread(first.ratio(to: samples)),
        Figure.number(outcome.figures["\(name): build"] ?? .nan),
        memory[name].map(Figure.mebibytes) ?? "–",
      ]
    }
    return Report.table(
      ["method", "ms a step", "\(first.name) takes, times", "preparation, s", "largest memory, MiB"], rows)
  }

  private static func agreement(_ workload: StepWorkload, _ outcome: Outcome) -> String? {
    let rows = workload.methods.compactMap { name -> [String]? in
      guard let same = outcome.figures["\(name): same choice"], let tokens = try? outcome.samples("\(name): L1 tokens")
      else { return nil }
      func pair(_ samples: Samples?) -> String {
        guard let samples, !samples.values.isEmpty else { return "–" }
        return "\(Figure.number(samples.median)), \(Figure.number(samples.quantile(0.99)))"
      }
      return [name, Figure.percent(same), pair(try? outcome.samples("\(name): L1 anchors")), pair(tokens)]
    }
    guard !rows.isEmpty, let reference = workload.reference else { return nil }
    let columns = ["against \(reference)", "same choice", "L1 anchors, median and 99 %", "L1 tokens, median and 99 %"]
    return Report.table(columns, rows)
  }
}
