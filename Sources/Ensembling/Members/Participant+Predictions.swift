import ModelBackends

/// A member's predictions, within its deadline and with errors that name it.
extension Participant {
  /// A member's answers at the positions of a piece.
  struct Answers: Sendable {
    /// A result for each position, up to the first failure except those of text that ends inside a character.
    var results: [Result<Prediction, any Error>] = []
    /// The session to use from now on.
    var session: (any ModelSession)?
    /// Whether the next piece is requested in one call.
    var readsPieces: Bool
    /// The time at which the member was asked, and at which it had answered.
    var start = ContinuousClock.now
    var end = ContinuousClock.now

    /// The result at a position; the last failure applies to all after it.
    subscript(offset: Int) -> Result<Prediction, any Error>? {
      results.indices.contains(offset) ? results[offset] : results.last
    }
  }

  /// The member's predictions at each position of a piece.
  ///
  /// Several positions are one call, and one deadline. Where that fails, it is not known at which position, or whether
  /// the member was only slow: they are then requested one after the other, with a deadline each, and so are those of
  /// later pieces.
  func answers(to piece: Piece, pool: SessionPool) async -> Answers {
    let start = ContinuousClock.now
    var answers = await readAnswers(to: piece, pool: pool)
    (answers.start, answers.end) = (start, .now)
    return answers
  }

  private func readAnswers(to piece: Piece, pool: SessionPool) async -> Answers {
    var answers = Answers(session: session, readsPieces: readsPieces)
    let context = context(of: piece)
    if piece.prefixes.count > 1, readsPieces {
      do {
        answers.results = try await predictions(after: piece.prefixes, of: context).map(checked)
        return answers
      } catch {
        guard !Task.isCancelled else {
          answers.results = [.failure(error)]
          return answers
        }
        answers.readsPieces = false
        if (error as? EnsembleError)?.code == .deadlineExceeded { answers.session = nil }
      }
    }
    do {
      let session =
        if let session = answers.session { session } else {
          try await fresh(toRead: context.bytes, pool: pool).session
        }
      answers.session = session
      for prefix in piece.prefixes {
        let text = context.prefix(prefix)
        let result = await prediction(of: session, after: text)
        answers.results.append(result)
        guard case .failure(let error) = result else { continue }
        guard (error as? EnsembleError)?.isInexpressible == true, !text.isWhole else { break }
      }
    } catch {
      answers.results.append(.failure(error))
    }
    return answers
  }

  /// The session of a member that was opened and not dropped.
  var open: any ModelSession {
    guard let session else { preconditionFailure("A member is asked after it was opened and before it is dropped.") }
    return session
  }

  /// The text up to a piece's last position. The main model keeps the tokens that it chose.
  private func context(of piece: Piece) -> ContextText {
    ContextText(
      prompt: prompt, answer: piece.answer, answerTokens: index == 0 ? piece.tokens : nil, healing: member.healing,
      reading: reading)
  }

  private func predictions(
    after prefixes: [ContextText.Prefix], of context: ContextText
  ) async throws -> [Prediction?] {
    let session = open
    do {
      let predictions = try await withDeadline(member.deadline, on: executor) {
        try await session.predictions(after: prefixes, of: context)
      }
      guard predictions.count == prefixes.count else {
        throw BackendError(
          .engineFailure, in: member.backend.name,
          "it gave \(predictions.count) predictions after \(prefixes.count) prefixes of a text",
          remedy: "Look for the cause in the backend: there is one for each prefix.")
      }
      return predictions
    } catch {
      throw reported(error, during: "it failed")
    }
  }

  private func prediction(
    of session: any ModelSession, after context: ContextText
  ) async -> Result<Prediction, any Error> {
    do {
      return checked(
        try await withDeadline(member.deadline, on: executor) { try await session.predict(after: context) })
    } catch {
      return .failure(reported(error, during: "it failed"))
    }
  }

  /// A prediction with valid logits and merged end tokens; `nil` is text that the vocabulary cannot express.
  private func checked(_ prediction: Prediction?) -> Result<Prediction, any Error> {
    let vocabulary = member.backend.vocabulary
    do {
      guard var prediction else {
        throw BackendError(
          .tokenization, in: member.backend.name, "its vocabulary cannot express the text",
          remedy: "Leave the text out, or the member.")
      }
      if case .failure(let problem) = Logits.peak(of: prediction.logits, expecting: vocabulary.count) {
        throw EnsembleError(
          .invalidLogits, member: member.name, problem.description,
          remedy: prediction.logits.count == vocabulary.count
            ? "Look for the cause in the model or its backend; a half-precision overflow is the usual one."
            : "Look for the cause in the backend: each token of its vocabulary has a logit.")
      }
      try Logits.joinEnds(of: &prediction.logits, in: vocabulary)
      return .success(prediction)
    } catch {
      return .failure(reported(error, during: "it failed"))
    }
  }
}

extension ContextText {
  /// Whether the answer is valid UTF-8.
  fileprivate var isWhole: Bool { String(validating: answer, as: UTF8.self) != nil }
}
