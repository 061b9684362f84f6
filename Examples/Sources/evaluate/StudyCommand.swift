import DeePEn
import Evaluation
import EvaluationTools
import ExampleSupport
import Foundation

/// `evaluate study`: settings of the published rule against bits per byte.
enum StudyCommand {
  private static let names = [
    "search", "anchors", "normalisation", "embeddings", "members", "main", "perplexity", "weights",
  ]

  static let command = Command(
    CommandForm(
      "evaluate study",
      "Texts are read once; every setting is then tried on what the members said there.\n\nsearch: η and T of the "
        + "published search\nanchors: the number of anchors and their choice: random draws, lowest token ids, "
        + "longest, farthest points, k-means, agreement of the members, frequency (--frequent-in), "
        + "all\nnormalisation: the temperature τ, with rows divided by their length and without\nembeddings: input "
        + "or output embeddings\n"
        + "members: one assistant after the other, in the order given\n" + "main: each member as the main model\n"
        + "perplexity: weights by how well members predict the prompt: β, for each rule, and by how much better than "
        + "usual\n" + "weights: the weights that are best on the texts, for each rule",
      brief: "one setting against bits a byte, loss and time a step, on texts that are read once", operand: "study",
      options: [
        .value("study", .choice("STUDY", of: names), "what is studied; --study may be left out before it"),
        .values("model", "PATH", "a member, the main model first (bundled: atlas and scholar)"),
        .value(
          "questions", "PATH", "questions whose answers are the texts, JSONL (bundled development questions)"),
        .value(
          "text", "PATH",
          "a text to read instead, by paragraphs, each after its first word; for all studies but perplexity"),
        .value("limit", "N", "N questions or paragraphs, evenly spread", default: "80"),
        .value("counts", "N,N", "numbers of anchors for anchors", default: "50,100,200,400,800"),
        .value("frequent-in", "PATH", "a text in which anchors counts the most frequent tokens"),
        .value(
          "rates", "N,N",
          "rates for search; the other studies use the first that is given, or 0.5 (0.05,0.15,0.5,1,2)"),
        .value(
          "steps", "N,N", "numbers of steps for search; the other studies use the first that is given, or 10 (1,5,10)"),
        .value("plot", "FILE", "draw the study as SVG"),
        .values("rule", "RULE", "a rule for members, main, perplexity and weights (standard)"),
      ] + ModelSettings.options), run: run)

  private static func run(_ arguments: Arguments) async throws {
    guard let name = arguments.text("study") else { throw UsageError(problem: nil, usage: command.form.usage) }
    guard names.contains(name) else {
      throw arguments.wrong("\(name) is not a study; choose from \(names.joined(separator: ", "))")
    }
    guard name != "perplexity" || arguments.text("text") == nil else {
      throw arguments.wrong("`perplexity` is about prompts, which a text has none of: use --questions")
    }
    // Every check that needs no model comes before a model is loaded.
    let plot = try arguments.text("plot").map { try OutputFile($0) }
    guard name != "weights" || plot == nil else { throw arguments.wrong("`weights` has a table and no plot") }
    let settings = try StudySettings(arguments)
    let texts = try texts(arguments)
    let paths = arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar] : arguments.all("model")
    guard paths.count > 1 else { throw arguments.wrong("A study needs two members") }
    let members = try loadMembers(paths, settings: try ModelSettings(arguments))
    if name == "weights" {
      try await tuneWeights(members, texts, settings)
      return
    }
    let needsRecording = name != "members" && name != "main"
    let recording = needsRecording ? try await record(members, texts, prompts: name == "perplexity") : nil
    let study = try study(name, members, texts, settings, usual: recording?.promptBitsPerByte ?? [:])
    let bar = SharedProgressBar(study.name)
    let result = try await study.run(on: recording, progress: { bar.show($0) })
    try plot?.write(picture(of: result, in: study, name))
    if let recording, !recording.promptBitsPerByte.isEmpty {
      let usual = recording.promptBitsPerByte.sorted { $0.key < $1.key }.map { "\($0):\(figure($1))" }
      print("Bits a byte of the prompts: usual=\(usual.joined(separator: "/"))")
    }
    print("\(result.name)\n\n\(MarkdownTable(columns: result.columns, rows: result.rows).text)")
  }

  /// Bars where the settings are names, lines where they are numbers.
  private static func picture(of result: StudyResult, in study: Study, _ name: String) -> String {
    guard name == "main" || name == "embeddings" else {
      return LineChart(
        result.name, xLabel: result.xLabel, yLabel: "bits a byte", series: result.bitsPerByte,
        hasLogarithmicX: ["search", "anchors", "normalisation"].contains(name)
      ).svg
    }
    let bars = result.bitsPerByte.enumerated().flatMap { group, line in
      line.points.map { point in
        let setting = study.settings.first { $0.series == line.name && $0.x == point.x }
        return BarChart.Bar("\(setting?.name ?? ""), \(line.name)", point.y, group: group)
      }
    }
    return BarChart(result.name, unit: "bits a byte", bars: bars).svg
  }

  private static func study(
    _ name: String, _ members: [Member], _ texts: [LogitRecording.Text], _ settings: StudySettings,
    usual: [String: Double]
  ) throws -> Study {
    let weights = try MemberWeights.average.weights(memberCount: members.count)
    let (rules, search) = (settings.rules, settings.search)
    switch name {
    case "search":
      return Study.search(
        alignments: try CosineAlignmentRule().alignments(for: members) { _ in }, weights: weights,
        rates: settings.rates, steps: settings.steps)
    case "anchors":
      return Study.anchors(
        members: members, weights: weights, counts: settings.counts, text: settings.frequencyText, search: search)
    case "normalisation":
      return Study.normalisation(
        members: members, weights: weights, temperatures: [1, 10, 30, 100, 300, 1000], search: search)
    case "embeddings": return Study.embeddings(members: members, weights: weights, search: search)
    case "members":
      return joined(rules) { Study.memberCount(members: members, texts: texts, rule: $0) }
    case "main": return joined(rules) { Study.mainModel(members: members, texts: texts, rule: $0) }
    default:
      return joined(rules) { rule in
        Study.promptWeights(
          members: members, weights: weights, sharpnesses: [0, 0.5, 1, 2, 4, 8, 16], rules: [rule], usual: usual)
      }
    }
  }

  /// One study of the same settings under several rules, which are named as on the command line.
  private static func joined(
    _ rules: [(name: String, rule: any EnsembleRule)], _ study: (any EnsembleRule) -> Study
  ) -> Study {
    var joined = study(rules[0].rule)
    joined.settings = rules.flatMap { name, rule in
      study(rule).settings.map { setting in
        var setting = setting
        setting.series = setting.series.replacing(rule.name, with: name)
        return setting
      }
    }
    return joined
  }

  private static func tuneWeights(
    _ members: [Member], _ texts: [LogitRecording.Text], _ settings: StudySettings
  ) async throws {
    let rules = settings.rules
    let needsPrompts = rules.contains { $0.rule is PromptWeightedRule }
    let recording = try await record(members, texts, prompts: needsPrompts)
    let start = try MemberWeights.average.weights(memberCount: members.count)
    let alone = try await recording.score(of: MainModelOnly()).bitsPerByte
    let cooled = try await recording.bestMainTemperature()
    var rows = [
      ["\(members[0].name) alone", "", figure(alone), ""],
      ["… with its best temperature", "temperature \(figure(cooled.temperature, 2))", figure(cooled.bitsPerByte), ""],
    ]
    let mixedUp = members.enumerated().map { index, member in
      var member = member
      if index > 0 { member.backend = ShuffledBackend(member.backend, seed: UInt64(index)) }
      return member
    }
    let shuffled = try await record(mixedUp, texts, prompts: needsPrompts)
    let trials = rules.flatMap { text, rule in
      [(text, recording, rule), ("… \(text) with assistants shuffled", shuffled, rule)]
    }
    for (text, recording, rule) in trials {
      let outcome = try await WeightTuner().tune(
        on: recording, from: start, fusion: try rule.fusion(for: members) { _ in })
      rows.append([
        text, outcome.weights.map { figure(Double($0), 2) }.joined(separator: " / "), figure(outcome.bitsPerByte),
        figure(outcome.bitsPerByteAtStart),
      ])
    }
    print(MarkdownTable(columns: ["", "best weights", "bits a byte", "with equal weights"], rows: rows).text)
  }

  private static func record(
    _ members: [Member], _ texts: [LogitRecording.Text], prompts: Bool = false
  ) async throws -> LogitRecording {
    let bar = SharedProgressBar("reading \(texts.count) texts")
    return try await LogitRecording(members: members, texts: texts, recordsPromptScores: prompts) { bar.show($0) }
  }

  private static func texts(_ arguments: Arguments) throws -> [LogitRecording.Text] {
    if let path = arguments.text("text") {
      return try spread(try TextParagraphs.read(path), over: arguments.knownCount("limit")).map {
        LogitRecording.Text($0.rest, after: .text($0.first))
      }
    }
    let items = try questions(arguments.text("questions"))
    return try spread(items, over: arguments.knownCount("limit")).compactMap { item in
      guard case .answer(let answers, _) = item.expectation, let first = answers.first else { return nil }
      return LogitRecording.Text(" " + first, after: .conversation(item.messages))
    }
  }

  private static func figure(_ value: Double, _ digits: Int = 3) -> String { String(format: "%.\(digits)f", value) }
}
