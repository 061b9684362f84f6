import ModelBackends

/// A member's part in one answer: its prompt, its session, and whether it still takes part.
struct Participant: Sendable {
  let member: Member
  /// The member's place; 0 for the main model.
  let index: Int
  /// The prompt in the member's own form.
  private(set) var prompt = RenderedPrompt(parts: [])
  /// `nil` before the first step, and after a failure that may have been the session's.
  private(set) var session: (any ModelSession)?
  /// Whether the member has no part in the rest of the answer.
  private(set) var isDropped = false
  /// Whether the member had no part in the last step.
  var sitsOut = false
  /// How many tokens of the text were already reported as unknown to the vocabulary.
  private(set) var reportedUnknownTokens = 0
  private let executor: MemberExecutor

  init(_ member: Member, index: Int) {
    self.member = member
    self.index = index
    executor = MemberExecutor(label: "DeePEn member \(member.name)")
  }

  /// Gets ready: writes the prompt, takes or starts a session, and sees whether the member can read the prompt at all.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func opened(for beginning: Beginning, pool: SessionPool) async throws -> Participant {
    var participant = self
    do {
      (participant.prompt, participant.session) = try await withDeadline(member.deadline, on: executor) {
        [member, index] in
        let prompt = try beginning.prompt(for: member)
        let waiting = await pool.take(ofMember: index)
        let session = if let waiting { waiting } else { try await member.backend.makeSession() }
        do {
          _ = try await session.tokenCount(of: ContextText(prompt: prompt, healing: member.healing))
        } catch let error as BackendError {
          // A prompt that cannot be read says nothing against the session.
          await pool.giveBack(session, ofMember: index)
          throw error
        }
        return (prompt, session)
      }
    } catch {
      throw reported(error, during: "it could not begin an answer")
    }
    return participant
  }

  /// What the member says comes next.
  ///
  /// - Parameters:
  ///   - answer: The answer so far.
  ///   - tokens: The tokens that spell it, of which the main model keeps those that it chose.
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func predict(after answer: [UInt8], tokens: [TokenID]) async throws -> Prediction {
    guard let session else { preconditionFailure("A member is asked after it was opened and before it is dropped.") }
    let context = ContextText(
      prompt: prompt, answer: answer, answerTokens: index == 0 ? tokens : nil, healing: member.healing)
    do {
      var prediction = try await withDeadline(member.deadline, on: executor) {
        try await session.predict(after: context)
      }
      let vocabulary = member.backend.vocabulary
      if case .failure(let problem) = Logits.peak(of: prediction.logits, expecting: vocabulary.count) {
        throw EnsembleError(
          .invalidLogits, member: member.name, problem.description,
          remedy: prediction.logits.count == vocabulary.count
            ? "Look for the cause in the model or its backend; a half-precision overflow is the usual one."
            : "Look for the cause in the backend: each token of its vocabulary has a logit.")
      }
      try Logits.joinEnds(of: &prediction.logits, in: vocabulary)
      return prediction
    } catch {
      throw reported(error, during: "it failed")
    }
  }

  /// How likely the member finds that the answer goes on with given bytes.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func score(_ continuations: [[UInt8]], after answer: [UInt8]) async throws -> ContinuationScores {
    guard let session else { preconditionFailure("A member is asked after it was opened and before it is dropped.") }
    let context = ContextText(prompt: prompt, answer: answer, healing: member.healing)
    do {
      let scores = try await withDeadline(member.deadline, on: executor) { [member] in
        if let scores = try await session.score(continuations, after: context) { return scores }
        guard let tokenizer = member.backend.tokenizer else {
          throw EnsembleError(
            .unsupported, member: member.name, "it cannot score given bytes, because its backend has no tokenizer",
            remedy: "Let the backend's `tokenizer` return one, or choose another rule.")
        }
        let scorer = ContinuationScorer(
          tokenizer: tokenizer, vocabulary: member.backend.vocabulary, name: member.backend.name)
        return try await scorer.score(continuations, after: context, asking: session)
      }
      let known = scores.logProbabilities.compactMap(\.self)
      if scores.logProbabilities.count != continuations.count || known.contains(where: { $0.isNaN || $0 > 0 }) {
        throw EnsembleError(
          .invalidLogits, member: member.name, "its scores of \(continuations.count) continuations cannot be used",
          remedy: "Look for the cause in the backend: each score is the logarithm of a probability.")
      }
      return scores
    } catch {
      throw reported(error, during: "it could not score how the answer may go on")
    }
  }

  /// How likely the member finds its prompt.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func promptScore() async throws -> PromptScore {
    guard let session else { preconditionFailure("A member is asked after it was opened and before it is dropped.") }
    do {
      return try await withDeadline(member.deadline, on: executor) { [member, prompt] in
        if let score = try await session.promptScore(of: prompt) { return score }
        guard let tokenizer = member.backend.tokenizer else {
          throw EnsembleError(
            .unsupported, member: member.name, "it cannot score its prompt, because its backend has no tokenizer",
            remedy: "Let the backend's `tokenizer` return one, or choose weights that do not depend on the prompt.")
        }
        let scorer = PromptScorer(tokenizer: tokenizer, vocabulary: member.backend.vocabulary)
        return try await scorer.score(prompt, asking: session)
      }
    } catch {
      throw reported(error, during: "it could not score its prompt")
    }
  }

  /// An error in the member's name. That it was stopped is an error of its own only where nobody stopped it.
  private func reported(_ error: any Error, during activity: String) -> any Error {
    if error is EnsembleError || error is CancellationError && Task.isCancelled { return error }
    if error is DeadlineExceeded, let deadline = member.deadline {
      return EnsembleError(
        .deadlineExceeded, member: member.name, "it did not answer within \(deadline)",
        remedy: "Raise its deadline, or look for what it waits for.")
    }
    return EnsembleError(error, of: member, during: activity)
  }

  /// Lets go of a session that may be broken or busy for ever.
  mutating func abandonSession() { session = nil }

  /// Takes the session out, to give it back.
  mutating func takeSession() -> (any ModelSession)? {
    defer { session = nil }
    return session
  }

  /// Leaves the answer. A session that is sound waits to be given back.
  mutating func drop() { isDropped = true }

  /// How many of the text's unknown tokens are new since the last time.
  mutating func newUnknownTokens(of count: Int) -> Int {
    defer { reportedUnknownTokens = max(count, reportedUnknownTokens) }
    return max(0, count - reportedUnknownTokens)
  }
}
