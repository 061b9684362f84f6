public import Ensembling
import Fusion

/// Members, alone and together under several rules, on the same items.
///
/// Settings, weights and the order of assistants are chosen on development items; test items are asked once for each
/// row.
public struct Comparison: Sendable {
  /// The outcome of a comparison.
  public struct Outcome: Sendable {
    /// The rows, in order: members alone, then each main model with each rule.
    public var contestants: [Contestant]
    /// Each member's mean score on the development items, in the members' order.
    public var developmentScores: [Double]
    /// The row that the others are compared with: the member that is best alone on the development items.
    public var baseline: String
    /// The results on the test items.
    public var results: [ItemResult]

    /// The failures row by row, in the rows' order; without rows that have none.
    public var failures: [RowFailures] {
      let rows = Dictionary(grouping: results, by: \.contestant)
      return contestants.map { RowFailures($0.name, rows[$0.name] ?? []) }.filter { $0.reason != nil }
    }
  }

  /// A progress report.
  public struct Progress: Sendable {
    /// The activity.
    public var activity: String
    /// The completed share.
    public var run: Runner.Progress?
  }

  /// The members.
  public var members: [Member]
  /// The items on which settings are chosen.
  public var development: [EvaluationItem]
  /// The items that are reported.
  public var test: [EvaluationItem]
  /// The rules.
  public var rules: [NamedRule]
  /// The names of the members that serve as main models; `nil` for each in turn.
  public var mains: [String]?
  /// Whether assistants are also added one by one, best first, to compare their number.
  public var growsGradually: Bool
  /// The way in which items are asked.
  public var evaluator: ItemEvaluator

  /// Describes a comparison.
  public init(
    members: [Member], development: [EvaluationItem], test: [EvaluationItem], rules: [NamedRule],
    mains: [String]? = nil, growsGradually: Bool = false, evaluator: ItemEvaluator = ItemEvaluator()
  ) {
    self.members = members
    self.development = development
    self.test = test
    self.rules = rules
    self.mains = mains
    self.growsGradually = growsGradually
    self.evaluator = evaluator
  }

  /// Runs everything that the results files do not contain yet.
  ///
  /// - Parameters:
  ///   - developmentFile: Results on the development items.
  ///   - testFile: Results on the test items.
  ///   - progress: Called with the current activity.
  /// - Throws: Errors from creating an ensemble, ``EvaluationError``, `CancellationError`.
  public func run(
    developmentFile: ResultsFile, testFile: ResultsFile, progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> Outcome {
    try ComparisonRows(members: members.map(\.name), rules: rules, mains: mains).checkMains()
    try checkThatRowsCanBeScored()
    let choosing = Evaluator(
      runner: Runner(evaluator.withoutLikelihoods), items: development, file: developmentFile, progress: progress)
    var contestants: [Contestant] = []
    var scores: [Double] = []
    for member in members {
      let contestant = Contestant(
        ComparisonRows.name(alone: member.name), try Ensemble(members: [member], fusion: MainModelOnly()))
      contestants.append(contestant)
      let results = try await choosing.results(of: contestant, "development")
      // A member without any answer is left out: weights, order and baseline could not be computed from it.
      if let failure = RowFailures(contestant.name, results).error { throw failure }
      scores.append(Self.meanScore(of: results))
    }
    for main in members.indices where members.count > 1 && mains?.contains(members[main].name) ?? true {
      let others = members.indices.filter { $0 != main }.sorted { (scores[$1], $0) < (scores[$0], $1) }
      for count in growsGradually ? Array(1...others.count) : [others.count] {
        let order = [main] + others.prefix(count)
        for rule in rules {
          contestants.append(
            try await best(of: rule, order.map { members[$0] }, scores: order.map { Float(scores[$0]) }, choosing))
        }
      }
    }
    let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    let results = try await Runner(evaluator).run(test, by: contestants, into: testFile) {
      progress(Progress(activity: "test: \($0.contestant)", run: $0))
    }
    return Outcome(
      contestants: contestants, developmentScores: scores, baseline: contestants[best].name, results: results)
  }

  /// The variant of a rule with the best score on the development items; a single variant is not asked there.
  private func best(
    of rule: NamedRule, _ group: [Member], scores: [Float], _ choosing: Evaluator
  ) async throws -> Contestant {
    let title = ComparisonRows.title(main: group[0].name, assistants: group.dropFirst().map(\.name))
    var best: (contestant: Contestant, score: Double)?
    for variant in rule.variants {
      choosing.progress(Progress(activity: "preparing \(title)\(variant.label)", run: nil))
      let contestant = try await contestant(title + variant.label, variant, group, scores: scores)
      if rule.variants.count == 1 { return contestant }
      let score = Self.meanScore(of: try await choosing.results(of: contestant, "development"))
      if best.map({ score > $0.score }) ?? true { best = (contestant, score) }
    }
    guard let best else {
      throw EvaluationError(.incomplete, "\(rule.text) has no variant", remedy: "Give its settings values.")
    }
    return best.contestant
  }

  private func contestant(
    _ name: String, _ variant: NamedRule.Variant, _ group: [Member], scores: [Float]
  ) async throws -> Contestant {
    let ensemble = try await variant.fusing?.ensemble(of: group, scores: scores)
    if let answers = variant.answers {
      let answering = try answers.answering(members: group, with: ensemble, separator: evaluator.separator)
      return Contestant(name, answering: answering)
    }
    guard let ensemble else {
      throw EvaluationError(.incomplete, "\(variant.label) names no rule", remedy: "Name one.")
    }
    return Contestant(name, ensemble)
  }

  /// Rows of finished answers have no probabilities, so every item must be one to answer.
  private func checkThatRowsCanBeScored() throws {
    guard let rule = rules.first(where: { $0.variants.contains { $0.answers != nil } }) else { return }
    for item in development + test {
      switch item.expectation {
      case .answer, .writtenChoice: continue
      case .choice, .text: break
      }
      throw EvaluationError(
        .incomplete, "\(rule.text) combines finished answers, but item \(item.id) has options or a text to score",
        remedy: "Leave the rule out, or choose a benchmark whose answers are written.")
    }
  }

  private static func meanScore(of results: [ItemResult]) -> Double {
    let scores = results.compactMap(\.score)
    return scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
  }

  /// Asks one set of items.
  private struct Evaluator: Sendable {
    var runner: Runner
    var items: [EvaluationItem]
    var file: ResultsFile
    var progress: @Sendable (Progress) -> Void

    func results(of contestant: Contestant, _ split: String) async throws -> [ItemResult] {
      try await runner.run(items, by: [contestant], into: file) {
        progress(Progress(activity: "\(split): \($0.contestant)", run: $0))
      }
    }
  }
}

extension ItemEvaluator {
  /// The same without the parts that the choice does not need.
  fileprivate var withoutLikelihoods: ItemEvaluator {
    var evaluator = self
    evaluator.scoresExpectedAnswers = false
    return evaluator
  }
}
