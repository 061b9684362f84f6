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

  private let weights: [Float]
  private var fusion: any TokenFusion
  private let pool: SessionPool
  private let beginning: Beginning
  private let options: ResponseOptions
  /// The answer's tokens, where they are given and only their probabilities are asked for.
  private let given: [TokenID]?

  private var phase = Phase.waiting
  private var isStepping = false
  private var sampler: Sampler
  private var participants: Participants
  private var answer: AnswerText
  private var tokens: [TokenID] = []
  private var statistics: Statistics
  /// The main model's tokens that an answer cannot be written with.
  private lazy var silentTokens = participants.all[0].member.backend.vocabulary.silentTokens

  init(
    members: [Member], weights: [Float], fusion: any TokenFusion, pool: SessionPool, beginning: Beginning,
    options: ResponseOptions, given: [TokenID]? = nil
  ) {
    participants = Participants(members)
    self.weights = weights
    self.fusion = fusion
    self.pool = pool
    self.beginning = beginning
    self.given = given
    self.options = options
    sampler = Sampler(options.sampling)
    answer = AnswerText(stops: options.stop)
    statistics = Statistics(members: members.map { Statistics.MemberStatistics(name: $0.name) })
  }

  deinit {
    let left = participants.takeSessions()
    guard !left.isEmpty else { return }
    Task { [pool] in
      for (index, session) in left { await pool.giveBack(session, ofMember: index) }
    }
  }

  /// The answer so far.
  var response: Response {
    var reason = StopReason.cancelled
    if case .ended(let known) = phase { reason = known }
    return Response(
      text: answer.text, tokens: tokens, stopReason: reason, statistics: statistics, events: participants.events)
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
      if Task.isCancelled { return await finish(.cancelled) }
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
    let eventsBefore = participants.events.count
    try await begin()

    let answers: Answers
    do {
      answers = try await predict()
    } catch is Participants.ContextEnd {
      return await finish(.length)
    }
    let logits = answers.logits
    let vocabulary = participants.all[0].member.backend.vocabulary
    var fused = try await fusion.fuse(fusionStep(logits))
    let peak = try peakOfWritable(&fused)
    let token = try choose(from: fused, peak: peak, logits: logits)
    var element = GeneratedToken(text: "", token: token, events: Array(participants.events[eventsBefore...]))
    if let token { element.logProbability = fused.logits[token] - peak.logSumExp(of: fused.logits) }
    element.candidates = try candidates(logits: logits, fused: fused)
    statistics.fusionDuration += answers.last.duration(to: clock.now)
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
  private func choose(from fused: FusedLogits, peak: Peak, logits: [[Float]?]) throws -> TokenID? {
    if let given { return given[tokens.count] }
    if case .agreed(let share) = options.ending {
      var (agreement, total) = (0.0, 0.0)
      for (participant, logits) in zip(participants.all, logits) {
        guard let logits else { continue }
        let weight = fused.weights.isEmpty ? 1 : Double(fused.weights[participant.index])
        total += weight
        agreement += weight * (try Logits.endProbability(of: logits, in: participant.member.backend.vocabulary))
      }
      if agreement >= share * total, total > 0 {
        return participants.all[0].member.backend.vocabulary.endOfGeneration.first
      }
    }
    return try sampler.choose(from: fused.logits, peak: peak)
  }

  /// Before the first step, every member gets ready, so that one which cannot read its prompt costs the others no work.
  private func begin() async throws {
    guard case .waiting = phase else { return }
    try options.validate()
    phase = .running
    let moment = moment
    let outcomes = await participants.together(at: moment) { [beginning, pool] participant in
      try await participant.opened(for: beginning, pool: pool)
    }
    participants.admit(outcomes)
    try participants.settle(outcomes, at: moment)
    fusion = try await fusion.beginning(
      AnswerStart(weights: weights) { [weak self] in
        guard let self else { throw CancellationError() }
        return try await promptScores()
      })
  }

  /// Each member's score of its prompt; `nil` for those that have no part in the answer.
  private func promptScores() async throws -> [PromptScore?] {
    let moment = moment
    let outcomes = await participants.together(at: moment) { participant in
      let clock = ContinuousClock()
      let start = clock.now
      let score = try await participant.promptScore()
      return (score, start.duration(to: clock.now))
    }
    try participants.settle(outcomes, at: moment)
    var scores = [PromptScore?](repeating: nil, count: participants.all.count)
    for case (let index, .success(let (score, duration))) in outcomes.all {
      scores[index] = score
      statistics.members[index].work = statistics.members[index].work + score.work
      statistics.members[index].duration += duration
    }
    return scores
  }

  /// What the members say in a step.
  private struct Answers {
    /// Each member's logits; `nil` for those that have no part in the step.
    var logits: [[Float]?]
    /// When the last answer came.
    var last: ContinuousClock.Instant
  }

  /// Every member's logits for the text so far.
  private func predict() async throws -> Answers {
    let moment = moment
    let outcomes = await participants.together(at: moment) { [bytes = answer.bytes, tokens] participant in
      let start = ContinuousClock.now
      let prediction = try await participant.predict(after: bytes, tokens: tokens)
      return (prediction, start, ContinuousClock.now)
    }
    // A member that failed has been waited for as well.
    let ends = outcomes.all.map { (try? $0.outcome.get().2) ?? .now }
    try participants.settle(outcomes, at: moment)
    let count = participants.all.count
    var answers = Answers(logits: Array(repeating: nil, count: count), last: ends.max() ?? .now)
    for case (let index, .success(let (prediction, start, end))) in outcomes.all {
      answers.logits[index] = prediction.logits
      statistics.members[index].add(prediction.work, duration: start.duration(to: end))
      participants.noteAnswer(unknownTokens: prediction.unknownTokens, ofMember: index, at: moment)
    }
    return answers
  }

  /// The step as a rule sees it, with a way to ask members for more.
  private func fusionStep(_ logits: [[Float]?]) throws -> Step {
    try Step(logits: logits, weights: weights) { [weak self] continuations, asked in
      guard let self else { throw CancellationError() }
      return try await consult(continuations, asking: asked)
    }
  }

  /// Each member's scores of some continuations; `nil` for those that are not asked or have no part any more.
  private func consult(_ continuations: [[UInt8]], asking asked: Set<Int>) async throws -> [[Double?]?] {
    let moment = moment
    let outcomes = await participants.together(at: moment) { [bytes = answer.bytes] participant in
      guard asked.contains(participant.index) else { return ContinuationScores?.none }
      return try await participant.score(continuations, after: bytes)
    }
    try participants.settle(outcomes, at: moment)
    var scores = [[Double?]?](repeating: nil, count: participants.all.count)
    for case (let index, .success(let answer?)) in outcomes.all {
      scores[index] = answer.logProbabilities
      statistics.members[index].work = statistics.members[index].work + answer.work
    }
    return scores
  }

  private var moment: Participants.Moment {
    Participants.Moment(step: statistics.steps, isWholeText: answer.isWhole)
  }

  /// Where the likeliest token is that an answer can be written with; the others are ruled out.
  ///
  /// - Throws: ``EnsembleError`` that says what keeps the rule's answer from being used.
  private func peakOfWritable(_ fused: inout FusedLogits) throws -> Peak {
    let peak = try peak(of: fused)
    guard given == nil, silentTokens.contains(where: { fused.logits[$0] > -.infinity }) else { return peak }
    if silentTokens.contains(peak.place) { participants.notePassedOver(peak.place, at: moment) }
    for token in silentTokens { fused.logits[token] = -.infinity }
    if let peak = try? Peak(of: fused.logits) { return peak }
    throw EnsembleError(
      .fusionFailed, member: participants.all[0].member.name, "no token that stands for text is possible",
      remedy: "Check that the model's tokenizer and vocabulary belong to it.")
  }

  /// Where the likeliest token is after fusion.
  ///
  /// - Throws: ``EnsembleError`` that says what keeps the rule's answer from being used.
  private func peak(of fused: FusedLogits) throws -> Peak {
    func unusable(_ problem: String) -> EnsembleError {
      EnsembleError(.fusionFailed, "the fusion rule's answer cannot be used: \(problem)", remedy: "Correct the rule.")
    }
    let count = participants.all.count
    if !fused.weights.isEmpty, fused.weights.count != count {
      throw unusable("there are \(fused.weights.count) weights for \(count) members")
    }
    switch Logits.peak(of: fused.logits, expecting: participants.all[0].member.backend.vocabulary.count) {
    case .success(let peak): return peak
    case .failure(let problem): throw unusable(problem.description)
    }
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
      members: try zip(logits, participants.all).map(likeliest),
      fused: try likeliest(fused.logits, of: participants.all[0]),
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
    for (index, session) in participants.takeSessions() { await pool.giveBack(session, ofMember: index) }
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
