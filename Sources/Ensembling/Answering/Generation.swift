import LinearAlgebra
import ModelBackends

/// The generation of one answer: the loop from the text so far to the next token.
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
  private let service: MemberService
  private let beginning: Beginning
  /// The conversation that the answer belongs to.
  private let turn: Conversation.Turn?
  private let options: ResponseOptions
  /// The answer's tokens, where they are given and only their probabilities are wanted.
  private let given: [TokenID]?

  private var phase = Phase.waiting
  private var isStepping = false
  private var sampler: Sampler
  private var answer: AnswerText
  private var tokens: [TokenID] = []
  private var statistics: Statistics
  private var events: [MemberEvent] = []
  /// The main model's tokens without text, which an answer cannot contain.
  private lazy var textlessTokens = service.members[0].backend.vocabulary.textlessTokens

  init(
    service: MemberService, weights: [Float], fusion: any TokenFusion, beginning: Beginning, options: ResponseOptions,
    given: [TokenID]? = nil, turn: Conversation.Turn? = nil
  ) {
    self.service = service
    self.weights = weights
    self.fusion = fusion
    self.beginning = beginning
    self.turn = turn
    self.given = given
    self.options = options
    sampler = Sampler(options.sampling)
    answer = AnswerText(stops: options.stop)
    statistics = Statistics(members: [])
  }

  /// The answer so far.
  var response: Response {
    get async {
      var reason = StopReason.cancelled
      switch phase {
      case .ended(let known): reason = known
      case .failed: break
      case .waiting, .running: await noteMembers()
      }
      return Response(text: answer.text, tokens: tokens, stopReason: reason, statistics: statistics, events: events)
    }
  }

  /// Updates the statistics and events from the members' service.
  private func noteMembers() async { (statistics.members, events) = await (service.statistics, service.events) }

  /// Computes a step; `nil` when the answer has ended.
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
      // A cancelled engine or search may throw an error of its own.
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
    let eventsBefore = await service.events.count
    try await begin()

    let answers: MemberService.Answers
    do {
      answers = try await service.answers(after: position, given: given?[tokens.count...] ?? [])
    } catch is Participants.ContextEnd {
      return await finish(.length)
    }
    let logits = answers.logits
    let vocabulary = service.members[0].backend.vocabulary
    var fused = try await fusion.fuse(fusionStep(logits))
    let peak = try await peakOfWritable(&fused)
    let token = try choose(from: fused, peak: peak, logits: logits)
    var element = GeneratedToken(text: "", token: token, events: Array(await service.events[eventsBefore...]))
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

  /// The next token; the usual end token where the members agree to end the answer, `nil` where the main model has
  /// none.
  private func choose(from fused: FusedLogits, peak: Peak, logits: [[Float]?]) throws -> TokenID? {
    if let given { return given[tokens.count] }
    if case .agreed(let share) = options.ending {
      var (agreement, total) = (0.0, 0.0)
      for (index, logits) in logits.enumerated() {
        guard let logits else { continue }
        let weight = fused.weights.isEmpty ? 1 : Double(fused.weights[index])
        total += weight
        agreement += weight * (try Logits.endProbability(of: logits, in: service.members[index].backend.vocabulary))
      }
      if agreement >= share * total, total > 0 {
        return service.members[0].backend.vocabulary.endOfGeneration.first
      }
    }
    return try sampler.choose(from: fused.logits, peak: peak)
  }

  /// Opens every member before the first step, so that one which cannot read its prompt costs the others no work.
  private func begin() async throws {
    guard case .waiting = phase else { return }
    try options.validate()
    phase = .running
    let messages = try await turn?.begin(self)
    try await service.open(for: messages.map(Beginning.conversation) ?? beginning)
    fusion = try await fusion.beginning(
      AnswerStart(weights: weights) { [weak service] in
        guard let service else { throw CancellationError() }
        return try await service.promptScores()
      })
  }

  /// The step for a rule, with a closure that asks members for scores.
  private func fusionStep(_ logits: [[Float]?]) throws -> Step {
    try Step(logits: logits, weights: weights) { [weak service, position] continuations, asked in
      // A rule may keep a step; that must not keep the members' sessions.
      guard let service else { throw CancellationError() }
      return try await service.scores(of: continuations, after: position, askingMembers: asked)
    }
  }

  private var position: AnswerPosition { AnswerPosition(bytes: answer.bytes, tokens: tokens) }

  /// The peak of the tokens that an answer may contain; the others are ruled out.
  ///
  /// - Throws: ``EnsembleError`` that says why the rule's result cannot be used.
  private func peakOfWritable(_ fused: inout FusedLogits) async throws -> Peak {
    let peak = try peak(of: fused)
    guard given == nil, textlessTokens.contains(where: { fused.logits[$0] > -.infinity }) else { return peak }
    if textlessTokens.contains(peak.index) { await service.noteSuppressed(peak.index, at: position) }
    for token in textlessTokens { fused.logits[token] = -.infinity }
    if let peak = try? Peak(of: fused.logits) { return peak }
    throw EnsembleError(
      .fusionFailed, member: service.members[0].name, "no token that stands for text is possible",
      remedy: "Check that the model's tokenizer and vocabulary belong to it.")
  }

  /// The peak of the fused logits.
  ///
  /// - Throws: ``EnsembleError`` that says why the rule's result cannot be used.
  private func peak(of fused: FusedLogits) throws -> Peak {
    func unusable(_ problem: String) -> EnsembleError {
      EnsembleError(.fusionFailed, "the fusion rule's answer cannot be used: \(problem)", remedy: "Correct the rule.")
    }
    let count = service.members.count
    if !fused.weights.isEmpty, fused.weights.count != count {
      throw unusable("there are \(fused.weights.count) weights for \(count) members")
    }
    switch Logits.peak(of: fused.logits, expecting: service.members[0].backend.vocabulary.count) {
    case .success(let peak): return peak
    case .failure(let problem): throw unusable(problem.description)
    }
  }

  private func candidates(logits: [[Float]?], fused: FusedLogits) throws -> GeneratedToken.Candidates? {
    guard options.candidateCount > 0 else { return nil }
    func likeliest(_ logits: [Float]?, of member: Member) throws -> [GeneratedToken.Candidate] {
      guard let logits else { return [] }
      let distribution = try softmax(logits)
      let vocabulary = member.backend.vocabulary
      return topK(options.candidateCount, of: distribution).map { token in
        GeneratedToken.Candidate(
          token: token, bytes: Array(vocabulary.bytes(of: token)),
          isEndOfGeneration: vocabulary.isEndOfGeneration(token), probability: distribution[token])
      }
    }
    return GeneratedToken.Candidates(
      members: try zip(logits, service.members).map(likeliest),
      fused: try likeliest(fused.logits, of: service.members[0]),
      weights: fused.weights, losses: fused.losses)
  }

  /// Ends the answer with a last element where text was held back.
  private func finish(_ reason: StopReason) async -> GeneratedToken? {
    await end(reason)
    let rest = answer.finish()
    return rest.isEmpty ? nil : GeneratedToken(text: rest, token: nil)
  }

  private func end(_ reason: StopReason) async { await leave(.ended(reason)) }

  /// Leaves the running phase. Sessions that did not fail return to the pool, and a turn ends.
  private func leave(_ last: Phase) async {
    phase = last
    await noteMembers()
    await service.close()
    var isWhole = false
    if case .ended(let reason) = last { isWhole = reason != .cancelled }
    turn?.end(self, saying: isWhole ? answer.text : nil)
  }

  /// Ends an answer that nobody is reading at the moment, so that its sessions are free.
  ///
  /// - Throws: ``EnsembleError`` with the code `concurrentReaders` where somebody is.
  func releaseSessions() async throws {
    guard !isStepping else {
      throw EnsembleError(
        .concurrentReaders, "the conversation's last turn is still being answered",
        remedy: "Wait for it, or give each of them a conversation of its own.")
    }
    isStepping = true
    defer { isStepping = false }
    switch phase {
    case .waiting, .running: await end(.cancelled)
    case .ended, .failed: break
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
