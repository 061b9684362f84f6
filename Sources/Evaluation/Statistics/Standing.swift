internal import LinearAlgebra

/// The totals of one contestant's results.
public struct Standing: Sendable, Hashable, Encodable {
  /// The contestant's name.
  public var contestant: String
  /// The mean score of the items that have one, with its interval; `nil` where nothing was answered.
  public var score: Bootstrap.Estimate?
  /// The difference to the baseline's mean score on the same items.
  public var difference: Bootstrap.Estimate?
  /// Bits per byte of the expected texts, with their interval; fewer are better.
  public var bitsPerByte: Bootstrap.Estimate?
  /// Tokens per second, over all items.
  public var tokensPerSecond: Double
  /// The mean score of each group.
  public var groups: [String: Double]
  /// The number of items without an answer, which counts as wrong, or without a score of the expected one.
  public var failures: RowFailures

  /// Adds up results.
  ///
  /// - Parameters:
  ///   - results: The results of all contestants.
  ///   - contestants: The rows, in order.
  ///   - baseline: The row that the others are compared with, if any.
  ///   - bootstrap: The settings of the intervals.
  /// - Throws: ``EvaluationError`` where a contestant has results for other items than the first one has.
  /// - Complexity: O(results · resamples).
  public static func standings(
    of results: [ItemResult], contestants: [String], baseline: String? = nil, bootstrap: Bootstrap = Bootstrap()
  ) throws -> [Standing] {
    let rows = Dictionary(grouping: results, by: \.contestant).mapValues { $0.sorted { $0.item < $1.item } }
    let items = contestants.first.flatMap { rows[$0] }.map { $0.map(\.item) } ?? []
    for contestant in contestants {
      let own = rows[contestant]?.map(\.item) ?? []
      guard own == items else {
        throw EvaluationError(
          .incomplete,
          "\(contestant) has \(own.count) results, and not for the same items as the others' \(items.count)",
          remedy: "Run it again; what is there is kept.")
      }
    }
    let reference = baseline.flatMap { rows[$0] }?.compactMap(\.score)
    return contestants.map { name in
      Standing(name, rows[name] ?? [], reference: name == baseline ? nil : reference, bootstrap)
    }
  }

  private init(_ name: String, _ results: [ItemResult], reference: [Double]?, _ bootstrap: Bootstrap) {
    contestant = name
    failures = RowFailures(name, results)
    let scores = failures.error == nil ? results.compactMap(\.score) : []
    score = bootstrap.mean(scores)
    if let reference, reference.count == scores.count { difference = bootstrap.difference(scores, reference) }
    let scored = results.filter { $0.logProbability != nil && $0.byteCount != nil }
    bitsPerByte = bootstrap.ratio(
      scored.map { -($0.logProbability ?? 0) / ElementaryFunctions.log(2.0) }, scored.map { Double($0.byteCount ?? 0) })
    let seconds = results.reduce(0) { $0 + $1.seconds }
    tokensPerSecond = seconds > 0 ? Double(results.reduce(0) { $0 + $1.tokenCount }) / seconds : 0
    let graded = scores.isEmpty ? [] : results.filter { $0.score != nil }
    groups = Dictionary(grouping: graded, by: \.group).mapValues { group in
      group.reduce(0) { $0 + ($1.score ?? 0) } / Double(group.count)
    }
  }
}
