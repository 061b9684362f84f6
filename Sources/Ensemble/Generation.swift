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
    case running(sessions: [any ModelSession])
    case ended(StopReason)
    case failed(any Error)
  }

  private let members: [Member]
  private let fusion: any TokenFusion
  private let pool: SessionPool
  private let messages: [Message]
  private let options: GenerationOptions

  private let executor = EngineExecutor(label: "DeePEn generation")
  private var phase = Phase.waiting
  private var isStepping = false
  private var sampler: Sampler
  private var prompts: [Prompt] = []
  private var answer: AnswerText
  private var tokens: [TokenID] = []
  private var statistics: Statistics

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(
    members: [Member], fusion: any TokenFusion, pool: SessionPool, messages: [Message], options: GenerationOptions
  ) {
    self.members = members
    self.fusion = fusion
    self.pool = pool
    self.messages = messages
    self.options = options
    sampler = Sampler(options.sampling)
    answer = AnswerText(stops: options.stop)
    statistics = Statistics(members: members.map { Statistics.MemberStatistics(name: $0.name) })
  }

  deinit {
    if case .running(let sessions) = phase {
      Task { [pool] in await pool.giveBack(sessions) }
    }
  }

  /// The answer so far.
  var response: Response {
    var reason = StopReason.cancelled
    if case .ended(let known) = phase { reason = known }
    return Response(text: answer.text, tokens: tokens, stopReason: reason, statistics: statistics)
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
    let sessions = try await begin()

    let logits: [[Float]]
    do {
      logits = try await predict(with: sessions)
    } catch let error where isContextEnd(error) && !tokens.isEmpty {
      return await finish(.length)
    }

    let fusionStart = clock.now
    let fused = try fusion.fuse(logits)
    if let problem = Self.problem(with: fused.logits, expecting: members[0].backend.vocabulary.count) {
      throw EnsembleError(
        .fusionFailed, "the fusion rule's answer cannot be used: \(problem)", remedy: "Correct the rule.")
    }
    let token = try sampler.choose(from: fused.logits)
    let probability = try softmax(fused.logits)[token]
    let candidates = try candidates(logits: logits, fused: fused)
    statistics.fusionDuration += fusionStart.duration(to: clock.now)
    statistics.duration += start.duration(to: clock.now)
    statistics.steps += 1
    if statistics.steps == 1 { statistics.timeToFirstToken = statistics.duration }

    let vocabulary = members[0].backend.vocabulary
    if vocabulary.isEndOfGeneration(token) {
      await end(.stop)
      return GeneratedToken(
        text: answer.finish(), token: token, probability: probability, candidates: candidates)
    }
    tokens.append(token)
    let bytes = vocabulary.text(of: CollectionOfOne(token))
    var text = answer.append(bytes)
    if answer.isStopped {
      await end(.stop)
    } else if tokens.count == options.maximumTokens {
      await end(.length)
      text += answer.finish()
    }
    return GeneratedToken(
      text: text, token: token, bytes: bytes, probability: probability, candidates: candidates)
  }

  /// The sessions of this answer; at the first step, prompts are written and sessions taken.
  private func begin() async throws -> [any ModelSession] {
    if case .running(let sessions) = phase { return sessions }
    try options.validate()
    prompts = try members.map { member in
      do {
        return try member.template.prompt(for: messages)
      } catch {
        throw EnsembleError(error, of: member, during: "its template cannot express the conversation")
      }
    }
    let sessions = try await pool.take()
    phase = .running(sessions: sessions)
    return sessions
  }

  /// Every member's logits for the text so far; all members work at the same time.
  private func predict(with sessions: [any ModelSession]) async throws -> [[Float]] {
    let contexts = prompts.enumerated().map { index, prompt in
      ContextText(prompt: prompt, answer: answer.bytes, answerTokens: index == 0 ? tokens : nil)
    }
    let answers = try await withThrowingTaskGroup(of: MemberAnswer.self) { group in
      for index in members.indices {
        group.addTask { [member = members[index]] in
          try await Self.ask(member, at: index, session: sessions[index], context: contexts[index])
        }
      }
      var answers: [MemberAnswer] = []
      for try await answer in group { answers.append(answer) }
      return answers
    }
    var logits = [[Float]](repeating: [], count: members.count)
    for answer in answers {
      logits[answer.index] = answer.prediction.logits
      statistics.members[answer.index].work = statistics.members[answer.index].work + answer.prediction.work
      statistics.members[answer.index].duration += answer.duration
    }
    return logits
  }

  private struct MemberAnswer: Sendable {
    var index: Int
    var prediction: Prediction
    var duration: Duration
  }

  private static func ask(
    _ member: Member, at index: Int, session: any ModelSession, context: ContextText
  ) async throws -> MemberAnswer {
    let clock = ContinuousClock()
    let start = clock.now
    do {
      let prediction = try await session.predict(after: context)
      if let problem = problem(with: prediction.logits, expecting: member.backend.vocabulary.count) {
        throw EnsembleError(
          .invalidLogits, member: member.name, problem,
          remedy: "Look for the cause in the model or its backend; a half-precision overflow is the usual one.")
      }
      return MemberAnswer(index: index, prediction: prediction, duration: start.duration(to: clock.now))
    } catch let error where !(error is EnsembleError || error is CancellationError) {
      throw EnsembleError(error, of: member, during: "it failed")
    }
  }

  /// What keeps logits from being used: there must be one for each token, numbers or −∞, not all −∞.
  private static func problem(with logits: [Float], expecting count: Int) -> String? {
    guard logits.count == count else { return "there are \(logits.count) logits for a vocabulary of \(count) tokens" }
    if let bad = logits.firstIndex(where: { $0.isNaN || $0 == .infinity }) {
      return "the logit of token \(bad) is \(logits[bad])"
    }
    return logits.contains { $0 > -.infinity } ? nil : "all logits are −∞"
  }

  private func isContextEnd(_ error: any Error) -> Bool {
    ((error as? EnsembleError)?.underlying as? BackendError)?.code == .contextOverflow
  }

  private func candidates(logits: [[Float]], fused: FusedLogits) throws -> GeneratedToken.Candidates? {
    guard options.candidateCount > 0 else { return nil }
    func likeliest(_ logits: [Float], of member: Member) throws -> [GeneratedToken.Candidate] {
      let distribution = try softmax(logits)
      let vocabulary = member.backend.vocabulary
      return topK(options.candidateCount, of: distribution).map { token in
        GeneratedToken.Candidate(
          token: token, bytes: Array(vocabulary.bytes(of: token)),
          isEndOfGeneration: vocabulary.isEndOfGeneration(token), probability: distribution[token])
      }
    }
    return GeneratedToken.Candidates(
      members: try zip(logits, members).map(likeliest), fused: try likeliest(fused.logits, of: members[0]),
      losses: fused.losses)
  }

  /// Ends the answer with a last element where text was held back.
  private func finish(_ reason: StopReason) async -> GeneratedToken? {
    await end(reason)
    let rest = answer.finish()
    return rest.isEmpty ? nil : GeneratedToken(text: rest, token: nil)
  }

  private func end(_ reason: StopReason) async { await leave(.ended(reason)) }

  /// Leaves the running phase. Sessions go back to the pool, but not after a failure, which may have been theirs.
  private func leave(_ last: Phase) async {
    let left = phase
    phase = last
    if case .running(let sessions) = left, case .ended = last { await pool.giveBack(sessions) }
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
