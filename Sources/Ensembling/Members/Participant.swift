import ModelBackends

/// A member's part in one answer: its prompt, its session, and whether it still takes part.
struct Participant: Sendable {
  let member: Member
  /// The member's index; 0 for the main model.
  let index: Int
  /// What of a session's cache the answer may build on.
  let reading: ContextText.Reading
  /// The prompt in the member's own form.
  private(set) var prompt = RenderedPrompt(parts: [])
  /// The session and the text that it was asked about last; `nil` before the member is opened, and after a failure that
  /// may have been the session's.
  private(set) var idle: SessionPool.Idle?
  /// Whether the member has no part in the rest of the answer.
  private(set) var isDropped = false
  /// Whether the member had no part in the last step.
  var sitsOut = false
  /// Whether several positions are asked for in one call; not any more once such a call has failed.
  private(set) var readsPieces = true
  /// How many tokens of the text were already reported as unknown to the vocabulary.
  private(set) var reportedUnknownTokens = 0
  /// Where calls run that have a deadline.
  let executor: MemberExecutor

  init(_ member: Member, index: Int, reading: ContextText.Reading = .alone) {
    self.member = member
    self.index = index
    self.reading = reading
    executor = MemberExecutor(label: "DeePEn member \(member.name)")
  }

  /// The session, of a member that takes part.
  var session: (any ModelSession)? { idle?.session }

  /// Gets ready for an answer: writes the prompt, takes or starts a session, and sees whether the member can read the
  /// prompt at all.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func opened(for beginning: Beginning, pool: SessionPool) async throws -> Participant {
    var participant = Participant(member, index: index, reading: reading)
    participant.readsPieces = readsPieces
    do {
      (participant.prompt, participant.idle) = try await withDeadline(member.deadline, on: executor) {
        [member, index, reading, idle] in
        let prompt = try beginning.prompt(for: member)
        let session =
          if let idle { idle } else { try await Self.session(of: member, index, toRead: prompt.bytes, from: pool) }
        do {
          _ = try await session.session.tokenCount(
            of: ContextText(prompt: prompt, healing: member.healing, reading: reading))
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

  /// Gets ready to count tokens, whatever there will be to read.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func opened(toRead text: [UInt8], pool: SessionPool) async throws -> Participant {
    var participant = self
    participant.idle = try await fresh(toRead: text, pool: pool)
    return participant
  }

  /// An idle session, or a new one.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func fresh(toRead text: [UInt8], pool: SessionPool) async throws -> SessionPool.Idle {
    do {
      return try await withDeadline(member.deadline, on: executor) { [member, index] in
        try await Self.session(of: member, index, toRead: text, from: pool)
      }
    } catch {
      throw reported(error, during: "it could not begin an answer")
    }
  }

  private static func session(
    of member: Member, _ index: Int, toRead text: [UInt8], from pool: SessionPool
  ) async throws -> SessionPool.Idle {
    if let idle = await pool.take(ofMember: index, toRead: text) { return idle }
    return SessionPool.Idle(session: try await member.backend.makeSession())
  }

  /// An error in the member's name. That it was stopped is an error of its own only where nobody stopped it.
  func reported(_ error: any Error, during activity: String) -> any Error {
    if error is EnsembleError || error is CancellationError && Task.isCancelled { return error }
    if error is DeadlineExceeded, let deadline = member.deadline {
      return EnsembleError(
        .deadlineExceeded, member: member.name, "it did not answer within \(deadline)",
        remedy: "Raise its deadline, or look for what it waits for.")
    }
    return EnsembleError(error, of: member, during: activity)
  }

  /// Begins another answer with the same session.
  mutating func restart() {
    let idle = idle
    self = Participant(member, index: index, reading: reading)
    self.idle = idle
  }

  /// Takes over what reading up to a position has changed.
  mutating func note(_ answers: Answers, upTo answer: [UInt8]) {
    idle = answers.session.map { SessionPool.Idle(session: $0, text: prompt.bytes + answer) }
    readsPieces = answers.readsPieces
  }

  /// Lets go of a session that may be broken or busy for ever.
  mutating func abandonSession() { idle = nil }

  /// Takes the session out, to give it back.
  mutating func takeSession() -> SessionPool.Idle? {
    defer { idle = nil }
    return idle
  }

  /// Leaves the answer. A session that is sound waits to be given back.
  mutating func drop() { isDropped = true }

  /// How many of the text's unknown tokens are new since the last time.
  mutating func newUnknownTokens(of count: Int) -> Int {
    defer { reportedUnknownTokens = max(count, reportedUnknownTokens) }
    return max(0, count - reportedUnknownTokens)
  }
}
