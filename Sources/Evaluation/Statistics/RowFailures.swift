/// The failures of a row: their number and the commonest reason.
public struct RowFailures: Sendable, Hashable, Codable {
  /// The row.
  public var contestant: String
  /// The number of items.
  public var itemCount: Int
  /// The number of items without an answer.
  public var failureCount: Int
  /// The number of items with an answer but no score of the expected one.
  public var unscoredCount: Int
  /// The commonest reason, that of missing answers first; `nil` where nothing failed.
  public var reason: String?
  /// The number of items with that reason.
  public var reasonCount: Int

  /// Counts the failures.
  package init(_ contestant: String, _ results: [ItemResult]) {
    self.contestant = contestant
    itemCount = results.count
    let failed = results.filter { !$0.isAnswered }
    let unscored = results.filter { $0.isAnswered && $0.error != nil }
    failureCount = failed.count
    unscoredCount = unscored.count
    var counts: [String: Int] = [:]
    for result in failed.isEmpty ? unscored : failed { counts[result.error ?? "no reason was given", default: 0] += 1 }
    let commonest = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
    reason = commonest?.key
    reasonCount = commonest?.value ?? 0
  }

  /// An error where no item at all was answered.
  public var error: EvaluationError? {
    guard itemCount > 0, failureCount == itemCount else { return nil }
    return EvaluationError(
      .noAnswers,
      "\(contestant) answered none of \(itemCount) items, \(reasonCount) of them because: "
        + "\(Self.sentence(reason ?? ""))",
      remedy: "Mend that, or leave it out; what failed is asked again.")
  }

  /// The failures in a sentence, with the commonest reason; `nil` where there are none.
  public var summary: String? {
    guard let reason else { return nil }
    let what =
      failureCount > 0
      ? "\(failureCount) of \(itemCount) items have no answer and count as wrong"
      : "the expected answers of \(unscoredCount) of \(itemCount) items could not be scored"
    return "\(contestant): \(what). The commonest reason (\(reasonCount) times): \(reason)"
  }

  private static func sentence(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }
}
