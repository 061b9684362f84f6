internal import BackendSupport
import ModelBackends

/// Requests to a member besides logits, within its deadline and with errors that name it.
extension Participant {
  /// The member's probabilities that the answer continues with given bytes.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func score(_ continuations: [[UInt8]], after answer: [UInt8]) async throws -> ContinuationScores {
    let context = ContextText(prompt: prompt, answer: answer, healing: member.healing, reading: reading)
    let session = open
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
      throw reported(error, during: "it could not score continuations of the answer")
    }
  }

  /// The member's score of its prompt.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func promptScore() async throws -> PromptScore {
    let session = open
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

  /// The number of tokens that the member reads of a text, counted without evaluating any; its bytes where the session
  /// cannot count, `nil` where they are too many for it. Text that it cannot read for other reasons counts as 0: the
  /// answer handles it.
  ///
  /// - Throws: ``EnsembleError``, `CancellationError`.
  func tokenCount(of context: ContextText) async throws -> Int? {
    let session = open
    do {
      return try await withDeadline(member.deadline, on: executor) {
        try await session.tokenCount(of: context) ?? context.bytes.count
      }
    } catch let error as BackendError {
      return error.code == .contextOverflow ? nil : 0
    } catch {
      throw reported(error, during: "it could not count the tokens of a text")
    }
  }
}
