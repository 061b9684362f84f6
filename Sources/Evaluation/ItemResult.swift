/// The result of one item and contestant: one line of a results file.
public struct ItemResult: Sendable, Hashable, Codable {
  /// The contestant's name.
  public var contestant: String
  /// The item's name.
  public var item: String
  /// The item's group.
  public var group: String
  /// The score from 0, wrong, to 1, right; `nil` for an item with a text to score only.
  public var score: Double?
  /// The generated answer, or the chosen option.
  public var output: String?
  /// The natural logarithm of the probability of the expected text, where it was scored.
  public var logProbability: Double?
  /// The length of that text in bytes.
  public var byteCount: Int?
  /// The number of tokens of the main model that were generated or scored.
  public var tokenCount: Int
  /// The duration in seconds.
  public var seconds: Double
  /// The error, where there was one. An item that was not answered counts as wrong.
  public var error: String?

  /// Whether there is an answer, or a score of a text. A failed item has neither, and counts as wrong.
  package var isAnswered: Bool { output != nil || logProbability != nil }

  /// Describes a result.
  public init(
    contestant: String, item: String, group: String, score: Double? = nil, output: String? = nil,
    logProbability: Double? = nil, byteCount: Int? = nil, tokenCount: Int = 0, seconds: Double = 0,
    error: String? = nil
  ) {
    self.contestant = contestant
    self.item = item
    self.group = group
    self.score = score
    self.output = output
    self.logProbability = logProbability
    self.byteCount = byteCount
    self.tokenCount = tokenCount
    self.seconds = seconds
    self.error = error
  }
}
