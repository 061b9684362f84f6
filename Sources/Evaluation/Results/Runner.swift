/// Asks every contestant every item, and keeps each result as it comes.
public struct Runner: Sendable {
  /// How far a run is.
  public struct Progress: Sendable, Hashable {
    /// Who is asked.
    public var contestant: String
    /// How many results there are, those of earlier runs among them.
    public var done: Int
    /// How many there will be.
    public var total: Int
    /// The time that is likely left, from the items asked in this run.
    public var remaining: Duration?
  }

  /// Asks one contestant one item.
  public typealias Ask = @Sendable (EvaluationItem, Contestant) async throws -> ItemResult

  private let ask: Ask

  /// Makes a runner.
  public init(_ evaluator: ItemEvaluator = ItemEvaluator()) {
    ask = { try await evaluator.evaluate($0, by: $1) }
  }

  /// Makes a runner that asks in a way of its own.
  public init(asking ask: @escaping Ask) {
    self.ask = ask
  }

  /// Asks what has not been asked yet, one contestant after the other.
  ///
  /// - Parameters:
  ///   - items: What to ask; each has a name of its own.
  ///   - contestants: Whom to ask; each has a name of its own.
  ///   - file: Where results are kept; what it holds an answer to is not asked again, what failed is.
  ///   - progress: Called after each item.
  /// - Returns: A result for each contestant and item.
  /// - Throws: What asking throws, ``EvaluationError`` where results cannot be written, `CancellationError`.
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
    for (place, contestant) in contestants.enumerated() {
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
              asked, current: contestant.name, left: (place + 1) * items.count - results.count,
              others: (contestants.count - place - 1) * items.count)))
      }
    }
    return results
  }

  /// The current contestant's items at its own pace, the others' at the mean pace so far.
  private static func remaining(
    _ asked: [String: (count: Int, time: Duration)], current: String, left: Int, others: Int
  ) -> Duration? {
    guard let own = asked[current], own.count > 0 else { return nil }
    let all = asked.values.reduce((count: 0, time: Duration.zero)) { ($0.count + $1.count, $0.time + $1.time) }
    return own.time / own.count * left + all.time / all.count * others
  }

  private static func key(_ contestant: String, _ item: String) -> String { "\(contestant)\u{0}\(item)" }
}
