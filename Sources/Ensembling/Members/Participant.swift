import ModelBackends

/// A member's part in one answer: its prompt, its session, and its state.
struct Participant: Sendable {
  let member: Member
  /// The member's index; 0 for the main model.
  let index: Int
  /// The part of a session's cache that the answer may use.
  let reading: ContextText.Reading
  /// The prompt in the member's own form.
  private(set) var prompt = RenderedPrompt(parts: [])
  /// The session and the text that it was asked about last; `nil` before the member is opened, and after a failure that
  /// may have been the session's.
  private(set) var idle: SessionPool.Idle?
  /// Whether the member takes no part in the rest of the answer.
  private(set) var isDropped = false
  /// Whether the member took no part in the last step.
  var isAbstaining = false
  /// Whether several positions are requested in one call; `false` once such a call has failed.
  private(set) var readsPieces = true
  /// The number of the text's tokens that were already reported as unknown to the vocabulary.
  private(set) var reportedUnknownTokens = 0
  /// The executor of calls that have a deadline.
  let executor: MemberExecutor

  init(_ member: Member, index: Int, reading: ContextText.Reading = .independent) {
    self.member = member
    self.index = index
    self.reading = reading
    executor = MemberExecutor(label: "DeePEn member \(member.name)")
  }

  /// The session of a member that takes part.
  var session: (any ModelSession)? { idle?.session }

  /// Prepares for an answer: renders the prompt, takes or starts a session, and checks that the member can read the
  /// prompt.
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
          // A prompt that cannot be read is not the session's fault.
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

  /// Prepares to count tokens of any text.
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

  /// An error that names the member. A cancellation is an error of its own only where the caller was not cancelled.
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

  /// Updates the state after reading up to a position.
  mutating func note(_ answers: Answers, upTo answer: [UInt8]) {
    idle = answers.session.map { SessionPool.Idle(session: $0, text: prompt.bytes + answer) }
    readsPieces = answers.readsPieces
  }

  /// Releases a session that may be broken or busy for ever.
  mutating func abandonSession() { idle = nil }

  /// Takes the session out, to return it to the pool.
  mutating func takeSession() -> SessionPool.Idle? {
    defer { idle = nil }
    return idle
  }

  /// Leaves the answer. A working session waits to be returned.
  mutating func drop() { isDropped = true }

  /// The number of the text's unknown tokens that are new since the last time.
  mutating func newUnknownTokens(of count: Int) -> Int {
    defer { reportedUnknownTokens = max(count, reportedUnknownTokens) }
    return max(0, count - reportedUnknownTokens)
  }
}
