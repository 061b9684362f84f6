import DeePEn
import Evaluation
import ExampleSupport
import Foundation

/// `evaluate study`: settings of the published rule against bits a byte.
enum StudyCommand {
  static let usage = """
    usage: evaluate study STUDY [options]

    Texts are read once; every setting is then tried on what the members said there.

      search           η and T of the published search
      anchors          the number of anchors and their choice: random draws, lowest identifiers, longest, farthest
                       points, k-means, agreement of the members, frequency (--text), all
      normalisation    the temperature τ, with rows divided by their length and without
      embeddings       input or output embeddings
      members          one assistant after the other, in the order given
      main             each member as the main model
      perplexity       weights by how well members predict the prompt: β, for each rule, and by how much better than usual
      weights          the weights that are best on the texts, for each rule

      --model PATH     a member; repeat it, the main model first (bundled: atlas and scholar)
      --questions PATH questions whose answers are the texts, JSONL (bundled development questions)
      --limit N        N questions, evenly spread (80)
      --counts 100,800 numbers of anchors for `anchors` (50,100,200,400,800)
      --text PATH      a text in which `anchors` counts the most frequent tokens
      --rates 0.15,0.5 rates for `search` (0.05,0.15,0.5,1,2)
      --steps 5,10     numbers of steps for `search`; the other studies use the first of each (1,5,10)
      --plot PATH      draw the study as SVG
      --rule RULE      a rule for `members`, `main`, `perplexity` and `weights`; repeat it (standard)
    """

  static func run(_ words: some Sequence<String>) async throws {
    let words = Array(words)
    guard let name = words.first, !name.hasPrefix("--") else { throw UsageError(problem: nil, usage: usage) }
    let arguments = try Arguments(
      words.dropFirst(), options: ["model", "questions", "limit", "counts", "text", "rates", "steps", "rule", "plot"],
      usage: usage)
    let paths = arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar] : arguments.all("model")
    let named = arguments.all("rule").isEmpty ? [NamedRule.standardName] : arguments.all("rule")
    let rules = try named.map { (name: $0, rule: try NamedRule($0).only().tokenRule()) }
    let members = try loadMembers(paths, template: nil)
    guard members.count > 1 else { throw UsageError(problem: "A study needs two members.", usage: usage) }
    let texts = try texts(arguments)
    if name == "weights" {
      try await tuneWeights(members, texts, rules)
      return
    }
    let needsRecording = name != "members" && name != "main"
    let recording = needsRecording ? try await record(members, texts, prompts: name == "perplexity") : nil
    let study = try study(name, members, texts, arguments, rules, usual: recording?.promptBitsPerByte ?? [:])
    let bar = SharedProgressBar(study.name)
    let result = try await study.run(on: recording, progress: { bar.show($0) })
    if let path = arguments.text("plot") {
      try picture(of: result, in: study, name).write(toFile: path, atomically: true, encoding: .utf8)
    }
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
    _ name: String, _ members: [Member], _ texts: [LogitRecording.Text], _ arguments: Arguments,
    _ rules: [(name: String, rule: any EnsembleRule)], usual: [String: Double]
  ) throws -> Study {
    let weights = try MemberWeights.average.weights(memberCount: members.count)
    let rates: [Float] = try arguments.list("rates") ?? [0.05, 0.15, 0.5, 1, 2]
    let steps: [Int] = try arguments.list("steps") ?? [1, 5, 10]
    let search = AdamWSearch(
      rate: arguments.text("rates") == nil ? 0.5 : rates[0], steps: arguments.text("steps") == nil ? 10 : steps[0])
    switch name {
    case "search":
      return Study.search(
        alignments: try CosineAlignmentRule().alignments(for: members) { _ in }, weights: weights, rates: rates,
        steps: steps)
    case "anchors":
      let text = try arguments.text("text").map { try String(contentsOfFile: $0, encoding: .utf8) }
      return Study.anchors(
        members: members, weights: weights, counts: try arguments.list("counts") ?? [50, 100, 200, 400, 800],
        text: text, search: search)
    case "normalisation":
      return Study.normalisation(
        members: members, weights: weights, temperatures: [1, 10, 30, 100, 300, 1000], search: search)
    case "embeddings": return Study.embeddings(members: members, weights: weights, search: search)
    case "members":
      return joined(rules) { Study.memberCount(members: members, texts: texts, rule: $0) }
    case "main": return joined(rules) { Study.mainModel(members: members, texts: texts, rule: $0) }
    case "perplexity":
      return joined(rules) { rule in
        Study.promptWeights(
          members: members, weights: weights, sharpnesses: [0, 0.5, 1, 2, 4, 8, 16], rules: [rule], usual: usual)
      }
    default: throw UsageError(problem: "\(name) is not a study", usage: usage)
    }
  }

  /// One study of the same settings under several rules, which are called what they were called on the command line.
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
    _ members: [Member], _ texts: [LogitRecording.Text],
    _ rules: [(name: String, rule: any EnsembleRule)]
  ) async throws {
    let needsPrompts = rules.contains { $0.rule is PromptWeightedRule }
    let recording = try await record(members, texts, prompts: needsPrompts)
    let start = try MemberWeights.average.weights(memberCount: members.count)
    let alone = try recording.score(of: MainModelOnly()).bitsPerByte
    let cooled = try recording.bestMainTemperature()
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
      let outcome = try WeightTuner().tune(on: recording, from: start) { weights in
        try rule.fusion(for: members, weights: weights) { _ in }
      }
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
    let items = try QuestionFile(arguments.text("questions") ?? Bundled.developmentQuestions).items
    return try spread(items, over: arguments.value("limit") ?? 80).compactMap { item in
      guard case .answer(let answers, _) = item.expectation, let first = answers.first else { return nil }
      return LogitRecording.Text(" " + first, after: .conversation(item.messages))
    }
  }

  private static func figure(_ value: Double, _ places: Int = 3) -> String { String(format: "%.\(places)f", value) }
}
