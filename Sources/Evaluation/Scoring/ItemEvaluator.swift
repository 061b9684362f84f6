public import Ensembling
import LinearAlgebra
import ModelBackends

/// Asks one contestant one item.
public struct ItemEvaluator: Sendable, Hashable {
  /// The comparison of likelihoods of options of different lengths.
  public enum ChoiceRule: String, Sendable, Hashable, CaseIterable {
    /// The likeliest option.
    case sum
    /// The likeliest option per byte, so that long options are not at a disadvantage.
    case perByte
  }

  /// The smallest probability that a token counts for where given texts are scored, so that a single token that a rule
  /// thinks impossible does not make a mean infinite.
  package static let leastProbability = 1e-10

  /// The settings for generating answers.
  public var generation: ResponseOptions
  /// The comparison of options.
  public var choiceRule: ChoiceRule
  /// Whether the likeliest expected answer is scored beside a generated one.
  public var scoresExpectedAnswers: Bool
  /// The number of expected answers, the shortest first, among which the likeliest is searched: each is a text to
  /// score.
  public var expectedAnswerLimit: Int
  /// The separator between a prompt and a text that is scored after it; `nil` for a space where the main model's prompt
  /// asks for one, and nothing after a chat template's control token, a new line or a space.
  public var separator: String?

  /// Creates an evaluator: greedy, one line, at most 24 tokens.
  public init(
    generation: ResponseOptions = ResponseOptions(maximumTokens: 24, stop: ["\n"]), choiceRule: ChoiceRule = .sum,
    scoresExpectedAnswers: Bool = true, expectedAnswerLimit: Int = 16, separator: String? = nil
  ) {
    self.generation = generation
    self.choiceRule = choiceRule
    self.scoresExpectedAnswers = scoresExpectedAnswers
    self.expectedAnswerLimit = expectedAnswerLimit
    self.separator = separator
  }

  /// Asks the item.
  ///
  /// - Returns: The result. Failures of members are in its `error`.
  /// - Throws: `CancellationError`.
  public func evaluate(_ item: EvaluationItem, by contestant: Contestant) async throws -> ItemResult {
    var result = ItemResult(contestant: contestant.name, item: item.id, group: item.group)
    do {
      switch item.expectation {
      case .answer(let expected, let form):
        let text = try await answer(item, by: contestant, &result)
        result.score = form.matches(text, expected) ? 1 : 0
        if scoresExpectedAnswers, let scorer = contestant.scorer, !expected.isEmpty {
          try await noteExpected(expected, item, scorer, &result)
        }
      case .writtenChoice(let options, let right):
        let text = try await answer(item, by: contestant, &result)
        result.score = ChoiceReader.choice(in: text, among: options) == right ? 1 : 0
      case .choice(let options, let right):
        try await choose(among: options, right: right, item, contestant, &result)
      case .text(let text):
        let clock = ContinuousClock()
        let start = clock.now
        let score = try await scorer(of: contestant).score(text, after: item.messages)
        result.seconds = start.duration(to: clock.now) / .seconds(1)
        result.tokenCount = score.tokens.count
        record(score, in: &result)
      }
    } catch {
      if error is CancellationError || Task.isCancelled { throw CancellationError() }
      result.error = "\(error)"
      if case .text = item.expectation {} else { result.score = 0 }
    }
    return result
  }

  /// Generates an answer and records it.
  private func answer(
    _ item: EvaluationItem, by contestant: Contestant, _ result: inout ItemResult
  ) async throws -> String {
    let response = try await contestant.answering.respond(to: item.messages, options: generation)
    try Task.checkCancellation()
    result.output = response.text
    result.tokenCount = response.statistics.steps
    result.seconds = response.statistics.duration / .seconds(1)
    return response.text
  }

  private func choose(
    among options: [String], right: Int, _ item: EvaluationItem, _ contestant: Contestant, _ result: inout ItemResult
  ) async throws {
    let scorer = try scorer(of: contestant)
    let clock = ContinuousClock()
    let start = clock.now
    var scores: [TextScore] = []
    let separator = try separator ?? scorer.separator(after: item.messages)
    for option in options { scores.append(try await scorer.score(separator + option, after: item.messages)) }
    result.seconds = start.duration(to: clock.now) / .seconds(1)
    result.tokenCount = scores.reduce(0) { $0 + $1.tokens.count }
    let values = scores.map { score in
      let sum = Self.logProbability(of: score)
      return choiceRule == .sum ? sum : sum / Double(max(score.byteCount, 1))
    }
    guard let best = values.indices.max(by: { values[$0] < values[$1] }) else {
      throw EvaluationError(.incomplete, "Item \(item.id) has no options", remedy: "Give it two or more.")
    }
    result.output = options[best]
    result.score = best == right ? 1 : 0
    if scores.indices.contains(right) { record(scores[right], in: &result) }
  }

  private func scorer(of contestant: Contestant) throws -> Ensemble {
    guard let scorer = contestant.scorer else {
      throw EvaluationError(
        .incomplete, "\(contestant.name) only answers, so that given texts cannot be scored",
        remedy: "Leave it out of tasks with options or texts.")
    }
    return scorer
  }

  private func record(_ score: TextScore, in result: inout ItemResult) {
    result.logProbability = Self.logProbability(of: score)
    result.byteCount = score.byteCount
  }

  /// Scores the likeliest expected answer beside a generated one. If none can be scored, the generated answer still
  /// counts.
  private func noteExpected(
    _ answers: [String], _ item: EvaluationItem, _ scorer: Ensemble, _ result: inout ItemResult
  ) async throws {
    do {
      if let score = try await likeliest(of: answers, item, by: scorer)?.score { record(score, in: &result) }
    } catch {
      if error is CancellationError || Task.isCancelled { throw CancellationError() }
      result.error = "the expected answer could not be scored: \(error)"
    }
  }

  /// The expected answer that an ensemble finds likeliest, among the ``expectedAnswerLimit`` shortest.
  ///
  /// - Throws: The error of the first answer's score, where none can be scored; `CancellationError`.
  func likeliest(
    of answers: [String], _ item: EvaluationItem, by scorer: Ensemble
  ) async throws -> (answer: String, score: TextScore)? {
    let separator = try separator ?? scorer.separator(after: item.messages)
    var best: (answer: String, score: TextScore)?
    var failure: (any Error)?
    // Long answers are unlikely: where there are hundreds of aliases, the likeliest is among the short ones.
    let candidates = answers.enumerated().sorted {
      ($0.element.utf8.count, $0.offset) < ($1.element.utf8.count, $1.offset)
    }
    for (_, answer) in candidates.prefix(max(expectedAnswerLimit, 1)) {
      do {
        let score = try await scorer.score(separator + answer, after: item.messages)
        if best.map({ Self.logProbability(of: score) > Self.logProbability(of: $0.score) }) ?? true {
          best = (answer, score)
        }
      } catch {
        if error is CancellationError || Task.isCancelled { throw CancellationError() }
        failure = failure ?? error
      }
    }
    if best == nil, let failure { throw failure }
    return best
  }

  /// The text's probability with no token below the least one.
  private static func logProbability(of score: TextScore) -> Double {
    let least = ElementaryFunctions.log(leastProbability)
    return score.tokens.reduce(0) { $0 + max(Double($1.logProbability), least) }
  }
}
