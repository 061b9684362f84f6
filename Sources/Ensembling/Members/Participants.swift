import LinearAlgebra
import ModelBackends

/// The members' parts in one answer, and the consequences of a member's failure for it.
struct Participants: Sendable {
  /// The members' answers.
  struct Outcomes<Answer: Sendable>: Sendable {
    /// Each member's answer or failure, in the members' order.
    var all: [(index: Int, outcome: Result<Answer, any Error>)] = []
    /// The member whose failure came first of those that end the answer. The others were stopped then.
    var failedMember: Int?
  }

  /// The current position of the answer.
  struct Moment {
    /// The index of the step, the first being 0.
    var step: Int
    /// Whether the text is valid UTF-8 (``AnswerPosition/isWhole``).
    var isWholeText: Bool

    init(_ position: AnswerPosition) {
      (step, isWholeText) = (position.step, position.isWhole)
    }
  }

  /// The end of a required member's context: the answer ends, and nothing has failed.
  struct ContextEnd: Error {}

  /// All members; the main model first.
  var all: [Participant]
  /// The members' events, in order.
  private(set) var events: [MemberEvent] = []

  /// The times at which they compute.
  let schedule: MemberSchedule

  init(_ members: [Member], reading: ContextText.Reading = .independent, schedule: MemberSchedule = .sideBySide) {
    self.schedule = schedule
    all = members.enumerated().map { Participant($1, index: $0, reading: reading) }
  }

  /// Asks all members that take part. Where a failure ends the answer, the others are stopped, or not asked.
  ///
  /// - Parameters:
  ///   - failure: Extracts the failure from an answer.
  ///   - ask: Asks one member.
  func askAll<Answer: Sendable>(
    at moment: Moment, failure: (Answer) -> (any Error)? = { _ in nil },
    _ ask: @escaping @Sendable (Participant) async throws -> Answer
  ) async -> Outcomes<Answer> {
    let asked = all.filter { !$0.isDropped }
    var outcomes = Outcomes<Answer>()
    /// Adds a member's outcome; returns whether it ends the answer.
    func add(_ outcome: Result<Answer, any Error>, of index: Int) -> Bool {
      outcomes.all.append((index, outcome))
      let error: (any Error)? =
        switch outcome {
        case .success(let answer): failure(answer)
        case .failure(let error): error
        }
      guard outcomes.failedMember == nil, let error, ends(error, ofMember: index, at: moment) else { return false }
      outcomes.failedMember = index
      return true
    }
    switch schedule {
    case .inTurn:
      for participant in asked {
        if add(await Self.outcome { try await ask(participant) }, of: participant.index) { break }
      }
    case .sideBySide:
      await withTaskGroup(of: (index: Int, outcome: Result<Answer, any Error>).self) { group in
        for participant in asked {
          group.addTask { (participant.index, await Self.outcome { try await ask(participant) }) }
        }
        for await (index, outcome) in group where add(outcome, of: index) { group.cancelAll() }
      }
      outcomes.all.sort { $0.index < $1.index }
    }
    return outcomes
  }

  private static func outcome<Answer>(_ body: () async throws -> Answer) async -> Result<Answer, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
  }

  /// Applies the consequences of failures: which members sit out, which are dropped, whether the answer ends.
  ///
  /// - Throws: The first failure that ends the answer; ``ContextEnd`` where that is the end of a context which the
  ///   answer has reached; `CancellationError`.
  mutating func apply<Answer>(_ outcomes: Outcomes<Answer>, at moment: Moment) throws {
    let failures: [(index: Int, error: any Error)] = outcomes.all.compactMap { index, outcome in
      if case .failure(let error) = outcome { (index, error) } else { nil }
    }
    for (index, error) in failures {
      let wasStopped = Task.isCancelled || outcomes.failedMember != nil && outcomes.failedMember != index
      if mayHaveBrokenSession(error, wasStopped: wasStopped, at: moment) { all[index].abandonSession() }
    }
    if Task.isCancelled { throw CancellationError() }
    if let (_, error) = failures.first(where: { $0.index == outcomes.failedMember }) {
      throw Self.isContextEnd(error) && moment.step > 0 ? ContextEnd() : error
    }
    for (index, error) in failures {
      if Self.isHalfCharacter(error, at: moment) {
        if !all[index].isAbstaining {
          report(.abstained, index, "its vocabulary cannot express the text, which is not whole characters", at: moment)
        }
        all[index].isAbstaining = true
      } else {
        all[index].drop()
        let reason = (error as? EnsembleError).map { "\($0.problem.asSentence) \($0.remedy.asSentence)" } ?? "\(error)"
        report(.dropped, index, reason, at: moment)
      }
    }
  }

  /// Forgets all events. Sessions stay.
  mutating func restart() {
    events = []
    for index in all.indices { all[index].restart() }
  }

  /// Takes over members that have been opened.
  mutating func admit(_ outcomes: Outcomes<Participant>) {
    for case (let index, .success(let participant)) in outcomes.all { all[index] = participant }
  }

  /// Notes that a member has answered, and reports text that its vocabulary cannot express when it first occurs.
  mutating func noteAnswer(unknownTokens count: Int, ofMember index: Int, at moment: Moment) {
    all[index].isAbstaining = false
    let new = all[index].newUnknownTokens(of: count)
    guard new > 0 else { return }
    report(
      .unknownText(tokens: new), index,
      "its vocabulary cannot express \(new) more \(new == 1 ? "token" : "tokens") of the text", at: moment)
  }

  /// Reports that the likeliest next token has no text.
  mutating func noteSuppressed(_ token: TokenID, at moment: Moment) {
    let isKnown = events.contains { $0.kind == .suppressed(token: token) }
    if isKnown { return }
    let spelling = String(decoding: all[0].member.backend.vocabulary.bytes(of: token), as: UTF8.self)
    let name = spelling.isEmpty ? "token \(token)" : "\(spelling), token \(token),"
    report(
      .suppressed(token: token), 0,
      "\(name) is the likeliest and stands for no text; the likeliest that does was chosen", at: moment)
  }

  /// Takes the reusable sessions; no member has one afterwards.
  mutating func takeSessions() -> [(index: Int, session: SessionPool.Idle)] {
    all.indices.compactMap { index in all[index].takeSession().map { (index, $0) } }
  }

  /// Returns `true` where a member's failure ends the answer.
  func ends(_ error: any Error, ofMember index: Int, at moment: Moment) -> Bool {
    if index > 0, Self.isHalfCharacter(error, at: moment) { return false }
    return all[index].member.policy == .required
  }

  /// Returns `true` where the failed session may be busy for ever or unusable. One that was stopped is usable, whatever
  /// its error.
  private func mayHaveBrokenSession(_ error: any Error, wasStopped: Bool, at moment: Moment) -> Bool {
    if (error as? EnsembleError)?.code == .deadlineExceeded { return true }
    return !wasStopped && !Self.isHalfCharacter(error, at: moment) && !Self.isContextEnd(error)
  }

  /// Returns `true` where a member could not read the text because it is not whole characters.
  private static func isHalfCharacter(_ error: any Error, at moment: Moment) -> Bool {
    !moment.isWholeText && (error as? EnsembleError)?.isInexpressible == true
  }

  private static func isContextEnd(_ error: any Error) -> Bool {
    ((error as? EnsembleError)?.underlying as? BackendError)?.code == .contextOverflow
  }

  private mutating func report(_ kind: MemberEvent.Kind, _ index: Int, _ reason: String, at moment: Moment) {
    events.append(MemberEvent(kind, member: all[index].member.name, step: moment.step, reason: reason))
  }
}

extension EnsembleError {
  /// Whether a member's vocabulary cannot express the text.
  var isInexpressible: Bool { (underlying as? BackendError)?.code == .tokenization }
}
