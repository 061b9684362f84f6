import ModelBackends

/// Opens and reads the members of one answer concurrently: sessions, deadlines, policies, events and statistics.
///
/// Generated answers, scored texts and the windows that these are divided into all use it, and a member's failure has
/// the same consequences in each of them (``Participants``).
actor MemberService {
  /// The members' predictions at one position.
  struct Answers {
    /// Each member's logits; `nil` for those that take no part in the step.
    var logits: [[Float]?]
    /// The time of the last answer.
    var last: ContinuousClock.Instant
  }

  /// The members; the main model first.
  nonisolated let members: [Member]
  /// Each member's statistics.
  var statistics: [Statistics.MemberStatistics]
  let pool: SessionPool
  var participants: Participants
  /// The piece that was read last, and the members' answers to it.
  var current: (piece: Piece, outcomes: Participants.Outcomes<Participant.Answers>)?
  /// The piece after it, while it is being read.
  var next: (piece: Piece, outcomes: Task<Participants.Outcomes<Participant.Answers>, Never>)?
  /// The number of positions in a piece where tokens are given; 1 once the rule has asked members for more than logits,
  /// which takes a session back to the position.
  var pieceLimit: Int

  /// Creates a service without sessions.
  init(
    _ members: [Member], pool: SessionPool, reading: ContextText.Reading = .independent, pieceLimit: Int? = nil,
    schedule: MemberSchedule
  ) {
    self.members = members
    self.pool = pool
    self.pieceLimit = pieceLimit ?? Piece.limit(vocabularySizes: members.map(\.backend.vocabulary.count))
    participants = Participants(members, reading: reading, schedule: schedule)
    statistics = members.map { Statistics.MemberStatistics(name: $0.name) }
  }

  deinit {
    next?.outcomes.cancel()
    Task { [pool, next, participants] in
      var participants = participants
      if let next { participants.discard(await next.outcomes.value, to: next.piece) }
      for (index, session) in participants.takeSessions() { await pool.giveBack(session, ofMember: index) }
    }
  }

  /// The members' events, in order.
  var events: [MemberEvent] { participants.events }

  /// Opens all members for an answer, so that one which cannot read its prompt costs the others no work.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func open(for beginning: Beginning) async throws {
    let moment = Participants.Moment(AnswerPosition())
    let outcomes = await participants.askAll(at: moment) { [pool] participant in
      try await participant.opened(for: beginning, pool: pool)
    }
    participants.admit(outcomes)
    try participants.apply(outcomes, at: moment)
  }

  /// Begins another answer, in which all members take part again. They keep their sessions.
  func restart() async {
    await stopReadingAhead()
    current = nil
    participants.restart()
    statistics = members.map { Statistics.MemberStatistics(name: $0.name) }
  }

  /// Returns working sessions to the pool. Members that failed stay out when the service is opened again.
  func close() async {
    await stopReadingAhead()
    current = nil
    for (index, session) in participants.takeSessions() { await pool.giveBack(session, ofMember: index) }
  }

  /// The members' predictions of the next token.
  ///
  /// - Parameters:
  ///   - position: The answer so far.
  ///   - given: The main model's tokens that follow, where they are known: the members are then asked about several
  ///     positions at once.
  /// - Throws: ``EnsembleError``; ``Participants/ContextEnd`` where a required member cannot read on;
  ///   `CancellationError`.
  func answers(after position: AnswerPosition, given: ArraySlice<TokenID> = []) async throws -> Answers {
    if current?.piece.steps.contains(position.step) != true { await readPiece(after: position, given: given) }
    guard let (piece, answered) = current else { preconditionFailure("A piece has just been read.") }
    let offset = position.step - piece.steps.lowerBound
    if offset > 0 { readAhead(after: position, given: given) }
    let moment = Participants.Moment(position)
    let outcomes = participants.outcomes(at: offset, of: answered, at: moment)
    try participants.apply(outcomes, at: moment)
    var answers = Answers(logits: Array(repeating: nil, count: members.count), last: .now)
    for case (let index, .success(let prediction)) in outcomes.all {
      answers.logits[index] = prediction.logits
      statistics[index].steps += 1
      statistics[index].work = statistics[index].work + prediction.work
      participants.noteAnswer(unknownTokens: prediction.unknownTokens, ofMember: index, at: moment)
    }
    if offset == 0 { answers.last = noteTimes(of: answered) ?? .now }
    return answers
  }
}
