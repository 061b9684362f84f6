import LinearAlgebra
import ModelBackends

/// One answer: the loop from the text so far to the next token.
///
/// ```
/// text so far ─► every member's logits, at the same time ─► fusion ─► choice ─► bytes ─► text so far
/// ```
actor Generation {
  private enum Phase {
    case waiting
    case running
    case ended(StopReason)
    case failed(any Error)
  }

  /// A required member has reached the end of its context: the answer ends, and nothing has failed.
  private struct ContextEnd: Error {}

  private let fusion: any TokenFusion
  private let pool: SessionPool
  private let messages: [Message]
  private let options: GenerationOptions

  private let executor = EngineExecutor(label: "DeePEn generation")
  private var phase = Phase.waiting
  private var isStepping = false
  private var sampler: Sampler
  private var participants: [Participant]
  private var answer: AnswerText
  private var tokens: [TokenID] = []
  private var statistics: Statistics
  private var events: [MemberEvent] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(
    members: [Member], fusion: any TokenFusion, pool: SessionPool, messages: [Message], options: GenerationOptions
  ) {
    participants = members.enumerated().map { Participant($1, index: $0) }
    self.fusion = fusion
    self.pool = pool
    self.messages = messages
    self.options = options
    sampler = Sampler(options.sampling)
    answer = AnswerText(stops: options.stop)
    statistics = Statistics(members: members.map { Statistics.MemberStatistics(name: $0.name) })
  }

  deinit {
    let left = participants.filter { $0.session != nil }
    guard !left.isEmpty else { return }
    Task { [pool] in
      for participant in left {
        if let session = participant.session { await pool.giveBack(session, ofMember: participant.index) }
      }
    }
  }

  /// The answer so far.
  var response: Response {
    var reason = StopReason.cancelled
    if case .ended(let known) = phase { reason = known }
    return Response(text: answer.text, tokens: tokens, stopReason: reason, statistics: statistics, events: events)
  }

  /// Takes a step; `nil` when the answer has ended.
  func next() async throws -> GeneratedToken? {
    guard !isStepping else {
      throw EnsembleError(
        .concurrentReaders, "two tasks read one answer at the same time",
        remedy: "Start a stream for each, or share what one of them reads.")
    }
    isStepping = true
    defer { isStepping = false }
    do {
      return try await step()
    } catch {
      if case .failed = phase { throw error }
      // An engine or a search that was cancelled may say so in its own words.
      if error is CancellationError || Task.isCancelled { return await finish(.cancelled) }
      let reported = report(error)
      await leave(.failed(reported))
      throw reported
    }
  }

  private func step() async throws -> GeneratedToken? {
    switch phase {
    case .ended: return nil
    case .failed(let error): throw error
    case .waiting, .running: break
    }
    if Task.isCancelled { return await finish(.cancelled) }
    let clock = ContinuousClock()
    let start = clock.now
    let eventsBefore = events.count
    try await begin()

    let logits: [[Float]?]
    do {
      logits = try await predict()
    } catch is ContextEnd {
      return await finish(.length)
    }
    guard let main = logits[0] else { preconditionFailure("The main model has a part in every step.") }

    let fusionStart = clock.now
    let vocabulary = participants[0].member.backend.vocabulary
    let fused = try fusion.fuse(main, with: Array(logits.dropFirst()))
    if let problem = Logits.problem(with: fused.logits, expecting: vocabulary.count) {
      throw EnsembleError(
        .fusionFailed, "the fusion rule's answer cannot be used: \(problem)", remedy: "Correct the rule.")
    }
    let token = try choose(from: fused, logits: logits)
    var element = GeneratedToken(text: "", token: token, events: Array(events[eventsBefore...]))
    if let token { element.probability = try softmax(fused.logits)[token] }
    element.candidates = try candidates(logits: logits, fused: fused)
    statistics.fusionDuration += fusionStart.duration(to: clock.now)
    statistics.duration += start.duration(to: clock.now)
    statistics.steps += 1
    if statistics.steps == 1 { statistics.timeToFirstToken = statistics.duration }

    guard let token, !vocabulary.isEndOfGeneration(token) else {
      await end(.stop)
      element.text = answer.finish()
      return element
    }
    tokens.append(token)
    element.bytes = vocabulary.text(of: CollectionOfOne(token))
    element.text = answer.append(element.bytes)
    if answer.isStopped {
      await end(.stop)
    } else if tokens.count == options.maximumTokens {
      await end(.length)
      element.text += answer.finish()
    }
    return element
  }

  /// The next token; the usual end where the members agree to end the answer, `nil` where the main model has none.
  private func choose(from fused: FusedLogits, logits: [[Float]?]) throws -> TokenID? {
    if case .agreed(let share) = options.ending {
      var (agreement, total) = (0.0, 0.0)
      for (participant, logits) in zip(participants, logits) {
        guard let logits else { continue }
        let weight = fused.weights.isEmpty ? 1 : Double(fused.weights[participant.index])
        total += weight
        agreement += weight * (try Logits.endProbability(of: logits, in: participant.member.backend.vocabulary))
      }
      if agreement >= share * total, total > 0 {
        return participants[0].member.backend.vocabulary.endOfGeneration.first
      }
    }
    return try sampler.choose(from: fused.logits)
  }

  /// Before the first step, every member gets ready, so that one which cannot read its prompt costs the others no work.
  private func begin() async throws {
    guard case .waiting = phase else { return }
    try options.validate()
    phase = .running
    let opened = await together { [messages, pool] participant in
      try await participant.opened(for: messages, pool: pool)
    }
    for (index, outcome) in opened {
      if case .success(let participant) = outcome { participants[index] = participant }
    }
    for (index, error) in try failures(among: opened) { drop(index, because: error) }
  }

  /// Every member's logits for the text so far; `nil` for those that have no part in this step.
  private func predict() async throws -> [[Float]?] {
    let answers = await together { [bytes = answer.bytes, tokens] participant in
      let clock = ContinuousClock()
      let start = clock.now
      let prediction = try await participant.predict(after: bytes, tokens: tokens)
      return (prediction, start.duration(to: clock.now))
    }
    for (index, error) in try failures(among: answers) {
      if isAmidCharacter(error) {
        report(.satOut, index, "its vocabulary cannot express the text, which ends inside a character")
      } else {
        drop(index, because: error)
      }
    }
    var logits = [[Float]?](repeating: nil, count: participants.count)
    for (index, outcome) in answers {
      guard case .success(let (prediction, duration)) = outcome else { continue }
      logits[index] = prediction.logits
      statistics.members[index].steps += 1
      statistics.members[index].work = statistics.members[index].work + prediction.work
      statistics.members[index].duration += duration
      let unknown = participants[index].newUnknownTokens(of: prediction.unknownTokens)
      if unknown > 0 {
        report(.unknownText(tokens: unknown), index, "its vocabulary cannot express \(unknown) more tokens of the text")
      }
    }
    return logits
  }

  /// Asks all members that take part, at the same time. Where a failure ends the answer, the others are stopped.
  private func together<Answer: Sendable>(
    _ ask: @escaping @Sendable (Participant) async throws -> Answer
  ) async -> [(index: Int, outcome: Result<Answer, any Error>)] {
    await withTaskGroup(of: (index: Int, outcome: Result<Answer, any Error>).self) { group in
      for participant in participants where !participant.isDropped {
        group.addTask {
          do { return (participant.index, .success(try await ask(participant))) } catch {
            return (participant.index, .failure(error))
          }
        }
      }
      var answers: [(index: Int, outcome: Result<Answer, any Error>)] = []
      for await answer in group {
        answers.append(answer)
        if case .failure(let error) = answer.outcome, isFatal(error, ofMember: answer.index) { group.cancelAll() }
      }
      return answers.sorted { $0.index < $1.index }
    }
  }

  /// The failures that the answer survives.
  ///
  /// - Throws: The first that it does not, ``ContextEnd`` where that is the end of a context that the answer has grown to,
  ///   `CancellationError`.
  private func failures<Answer>(
    among answers: [(index: Int, outcome: Result<Answer, any Error>)]
  ) throws -> [(index: Int, error: any Error)] {
    let failures: [(index: Int, error: any Error)] = answers.compactMap { index, outcome in
      if case .failure(let error) = outcome { (index, error) } else { nil }
    }
    for (index, error) in failures where isPerhapsBroken(error) { participants[index].abandonSession() }
    if Task.isCancelled { throw CancellationError() }
    let fatal = failures.filter { isFatal($0.error, ofMember: $0.index) }
    // Those that were stopped because of another's failure say that they were cancelled.
    guard let error = (fatal.first { !($0.error is CancellationError) } ?? fatal.first)?.error else { return failures }
    throw isContextEnd(error) && !tokens.isEmpty ? ContextEnd() : error
  }

  private func isFatal(_ error: any Error, ofMember index: Int) -> Bool {
    if isAmidCharacter(error) && index > 0 { return false }
    return participants[index].member.policy == .required
  }

  /// Whether the session of a failure may be busy for ever or of no more use. One that was stopped is sound, whatever it says.
  private func isPerhapsBroken(_ error: any Error) -> Bool {
    if (error as? EnsembleError)?.code == .deadlineExceeded { return true }
    return !(Task.isCancelled || error is CancellationError || isAmidCharacter(error) || isContextEnd(error))
  }

  /// Whether a member could not read the text because it ends inside a character.
  private func isAmidCharacter(_ error: any Error) -> Bool {
    answer.endsInsideCharacter && ((error as? EnsembleError)?.underlying as? BackendError)?.code == .tokenization
  }

  private func isContextEnd(_ error: any Error) -> Bool {
    ((error as? EnsembleError)?.underlying as? BackendError)?.code == .contextOverflow
  }

  private func drop(_ index: Int, because error: any Error) {
    participants[index].drop()
    let reason = (error as? EnsembleError).map { "\($0.problem.asSentence) \($0.remedy.asSentence)" } ?? "\(error)"
    report(.dropped, index, reason)
  }

  private func report(_ kind: MemberEvent.Kind, _ index: Int, _ reason: String) {
    let name = participants[index].member.name
    events.append(MemberEvent(kind, member: name, step: statistics.steps, reason: reason))
  }

  private func candidates(logits: [[Float]?], fused: FusedLogits) throws -> GeneratedToken.Candidates? {
    guard options.candidateCount > 0 else { return nil }
    func likeliest(_ logits: [Float]?, of participant: Participant) throws -> [GeneratedToken.Candidate] {
      guard let logits else { return [] }
      let distribution = try softmax(logits)
      let vocabulary = participant.member.backend.vocabulary
      return topK(options.candidateCount, of: distribution).map { token in
        GeneratedToken.Candidate(
          token: token, bytes: Array(vocabulary.bytes(of: token)),
          isEndOfGeneration: vocabulary.isEndOfGeneration(token), probability: distribution[token])
      }
    }
    return GeneratedToken.Candidates(
      members: try zip(logits, participants).map(likeliest), fused: try likeliest(fused.logits, of: participants[0]),
      weights: fused.weights, losses: fused.losses)
  }

  /// Ends the answer with a last element where text was held back.
  private func finish(_ reason: StopReason) async -> GeneratedToken? {
    await end(reason)
    let rest = answer.finish()
    return rest.isEmpty ? nil : GeneratedToken(text: rest, token: nil)
  }

  private func end(_ reason: StopReason) async { await leave(.ended(reason)) }

  /// Leaves the running phase. Sessions that did not fail go back to the pool.
  private func leave(_ last: Phase) async {
    phase = last
    for index in participants.indices {
      if let session = participants[index].takeSession() { await pool.giveBack(session, ofMember: index) }
    }
  }

  /// An error that carries the answer so far.
  private func report(_ error: any Error) -> any Error {
    var report =
      error as? EnsembleError
      ?? EnsembleError(
        .fusionFailed, "the members' answers could not be fused: \(error)",
        remedy: "Check the settings of fusion and search.", underlying: error)
    report.textSoFar = answer.text
    return report
  }
}
