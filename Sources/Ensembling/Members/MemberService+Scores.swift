import ModelBackends

/// Requests to members besides logits.
extension MemberService {
  /// Each member's score of its prompt; `nil` for those that take no part in the answer.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func promptScores() async throws -> [PromptScore?] {
    let moment = Participants.Moment(AnswerPosition())
    let outcomes = await participants.askAll(at: moment) { participant in
      let start = ContinuousClock.now
      let score = try await participant.promptScore()
      return (score, start.duration(to: .now))
    }
    try participants.apply(outcomes, at: moment)
    var scores = [PromptScore?](repeating: nil, count: members.count)
    for case (let index, .success(let (score, duration))) in outcomes.all {
      scores[index] = score
      statistics[index].work = statistics[index].work + score.work
      statistics[index].duration += duration
    }
    return scores
  }

  /// Each member's scores of some continuations; `nil` for those that are not asked or no longer take part.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func scores(
    of continuations: [[UInt8]], after position: AnswerPosition, askingMembers asked: Set<Int>
  ) async throws -> [[Double?]?] {
    pieceLimit = 1
    await stopReadingAhead()
    let moment = Participants.Moment(position)
    let outcomes = await participants.askAll(at: moment) { participant in
      guard asked.contains(participant.index) else { return ContinuationScores?.none }
      return try await participant.score(continuations, after: position.bytes)
    }
    try participants.apply(outcomes, at: moment)
    var scores = [[Double?]?](repeating: nil, count: members.count)
    for case (let index, .success(let answer?)) in outcomes.all {
      scores[index] = answer.logProbabilities
      statistics[index].work = statistics[index].work + answer.work
    }
    return scores
  }

  /// The number of tokens that members read of their texts, counted without evaluating any
  /// (``Participant/tokenCount(of:)``).
  ///
  /// - Parameter texts: A text for each member; `nil` for those that are not asked.
  /// - Returns: `nil` for members that are not asked or no longer take part.
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func tokenCounts(of texts: [ContextText?]) async throws -> [TokenCount?] {
    let moment = Participants.Moment(AnswerPosition())
    let opened = await participants.askAll(at: moment) { [pool] participant in
      guard let text = texts[participant.index], participant.session == nil else { return participant }
      return try await participant.opened(toRead: text.bytes, pool: pool)
    }
    participants.admit(opened)
    try participants.apply(opened, at: moment)
    let outcomes = await participants.askAll(at: moment) { participant in
      guard let text = texts[participant.index] else { return TokenCount?.none }
      return try await participant.tokenCount(of: text).map(TokenCount.tokens) ?? .tooMany
    }
    try participants.apply(outcomes, at: moment)
    var counts = [TokenCount?](repeating: nil, count: members.count)
    for case (let index, .success(let count)) in outcomes.all { counts[index] = count }
    return counts
  }

  /// The number of tokens that a member reads of a text.
  enum TokenCount: Sendable {
    case tokens(Int)
    /// More than its context holds.
    case tooMany

    /// The number; `nil` where there are too many.
    var tokens: Int? { if case .tokens(let count) = self { count } else { nil } }
  }

  /// Reports that the likeliest next token has no text.
  func noteSuppressed(_ token: TokenID, at position: AnswerPosition) {
    participants.noteSuppressed(token, at: Participants.Moment(position))
  }
}
