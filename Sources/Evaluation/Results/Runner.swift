/// Asks every contestant every item, and stores each result as it comes.
public struct Runner: Sendable {
  /// The progress of a run.
  public struct Progress: Sendable, Hashable {
    /// The current contestant.
    public var contestant: String
    /// The number of results so far, including those of earlier runs.
    public var done: Int
    /// The total number of results.
    public var total: Int
    /// The estimated time left, from the items asked in this run.
    public var remaining: Duration?
  }

  /// Asks one contestant one item.
  package typealias Ask = @Sendable (EvaluationItem, Contestant) async throws -> ItemResult

  private let ask: Ask

  /// Creates a runner.
  public init(_ evaluator: ItemEvaluator = ItemEvaluator()) {
    ask = { try await evaluator.evaluate($0, by: $1) }
  }

  /// Creates a runner with its own way of asking.
  package init(asking ask: @escaping Ask) {
    self.ask = ask
  }

  /// Asks the items without an answer, one contestant after the other.
  ///
  /// - Parameters:
  ///   - items: The items; each has a unique identifier.
  ///   - contestants: The contestants; each has a unique name.
  ///   - file: The file of results; items that it has an answer for are not asked again, failed ones are.
  ///   - progress: Called after each item.
  /// - Returns: A result for each contestant and item.
  /// - Throws: Errors from asking, ``EvaluationError`` where results cannot be written, `CancellationError`.
  public func run(
    _ items: [EvaluationItem], by contestants: [Contestant], into file: ResultsFile,
    progress: (Progress) -> Void = { _ in }
  ) async throws -> [ItemResult] {
    var known: [String: ItemResult] = [:]
    for result in file.results where result.isAnswered { known[Self.key(result.contestant, result.item)] = result }
    let clock = ContinuousClock()
    let total = items.count * contestants.count
    var results: [ItemResult] = []
    var asked: [String: (count: Int, time: Duration)] = [:]
    for (index, contestant) in contestants.enumerated() {
      for item in items {
        if let result = known[Self.key(contestant.name, item.id)] {
          results.append(result)
          continue
        }
        try Task.checkCancellation()
        let start = clock.now
        let result = try await ask(item, contestant)
        try file.append(result)
        results.append(result)
        let before = asked[contestant.name] ?? (0, .zero)
        asked[contestant.name] = (before.count + 1, before.time + start.duration(to: clock.now))
        progress(
          Progress(
            contestant: contestant.name, done: results.count, total: total,
            remaining: Self.remaining(
              asked, current: contestant.name, left: (index + 1) * items.count - results.count,
              others: (contestants.count - index - 1) * items.count)))
      }
    }
    return results
  }

  /// The time left, from the current contestant's own pace for its items and the mean pace so far for the others'.
  private static func remaining(
    _ asked: [String: (count: Int, time: Duration)], current: String, left: Int, others: Int
  ) -> Duration? {
    guard let own = asked[current], own.count > 0 else { return nil }
    let all = asked.values.reduce((count: 0, time: Duration.zero)) { ($0.count + $1.count, $0.time + $1.time) }
    return own.time / own.count * left + all.time / all.count * others
  }

  private static func key(_ contestant: String, _ item: String) -> String { "\(contestant)\u{0}\(item)" }
}
