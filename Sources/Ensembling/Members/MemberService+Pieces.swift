import ModelBackends

/// Reading texts in pieces.
extension MemberService {
  /// Reads the piece that begins at a position, or takes over the one that was read ahead.
  func readPiece(after position: AnswerPosition, given: ArraySlice<TokenID>) async {
    current = nil
    if let (piece, reading) = next, piece.steps.lowerBound == position.step {
      next = nil
      let outcomes = await withTaskCancellationHandler {
        await reading.value
      } onCancel: {
        reading.cancel()
      }
      current = (piece, outcomes)
    } else {
      let piece = Piece(
        from: position, given: given, vocabulary: members[0].backend.vocabulary, limit: pieceLimit)
      let moment = Participants.Moment(position)
      current = (piece, await Self.read(piece, by: participants, at: moment, pool: pool))
    }
    if let (piece, outcomes) = current { participants.admit(outcomes, to: piece) }
  }

  /// Begins to read the piece after the current one, while that is being fused; not where members compute in turn, and
  /// may use every core.
  func readAhead(after position: AnswerPosition, given: ArraySlice<TokenID>) {
    guard next == nil, pieceLimit > 1, participants.schedule == .sideBySide, let piece = current?.piece else { return }
    let start = piece.steps.upperBound
    let rest = given.dropFirst(start - position.step)
    guard let between = given.dropFirst(start - 1 - position.step).first, !rest.isEmpty else { return }
    let vocabulary = members[0].backend.vocabulary
    let beginning = AnswerPosition(
      bytes: piece.answer + vocabulary.text(of: CollectionOfOne(between)), tokens: piece.tokens + [between])
    let following = Piece(from: beginning, given: rest, vocabulary: vocabulary, limit: pieceLimit)
    let moment = Participants.Moment(beginning)
    next = (
      following, Task { [participants, pool] in await Self.read(following, by: participants, at: moment, pool: pool) }
    )
  }

  /// Stops reading ahead and waits until the sessions are free.
  func stopReadingAhead() async {
    guard let (piece, reading) = next else { return }
    next = nil
    reading.cancel()
    participants.discard(await reading.value, to: piece)
  }

  private static func read(
    _ piece: Piece, by participants: Participants, at moment: Participants.Moment, pool: SessionPool
  ) async -> Participants.Outcomes<Participant.Answers> {
    await participants.askAll(at: moment, failure: \.firstFailure) { participant in
      await participant.answers(to: piece, pool: pool)
    }
  }

  /// Adds the members' time for a piece; returns the time at which the last one had answered.
  func noteTimes(of outcomes: Participants.Outcomes<Participant.Answers>) -> ContinuousClock.Instant? {
    var last: ContinuousClock.Instant?
    for case (let index, .success(let answers)) in outcomes.all {
      last = max(last ?? answers.end, answers.end)
      guard case .success? = answers.results.first else { continue }
      statistics[index].duration += answers.start.duration(to: answers.end)
    }
    return last
  }
}

extension Participant.Answers {
  /// The failure at the first position.
  fileprivate var firstFailure: (any Error)? {
    if case .failure(let error)? = results.first { error } else { nil }
  }
}
