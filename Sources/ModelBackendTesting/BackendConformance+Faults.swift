import ModelBackends

/// What a session does at its limits and when it is stopped.
extension BackendConformance {
  /// A text that is too long, and one that is empty, are refused with the right code, also before any work; the session
  /// can be asked again.
  func checkLimits(with text: String) async throws -> [String] {
    let session = try await backend.makeSession()
    var violations: [String] = []
    do { _ = try await session.tokenCount(of: ContextText(text)) } catch {
      violations.append("The tokens of \"\(text)\" cannot be counted: \(error)")
    }
    if case .failure(let error) = await outcome(of: session, to: ContextText("")), !(error is BackendError) {
      violations.append("An empty text failed with another error than BackendError: \(error)")
    }
    if let limit = backend.contextLength, let token = backend.vocabulary.textTokens.first {
      let tokens = Array(repeating: token, count: limit + 1)
      let long = ContextText(
        prompt: Prompt(text), answer: backend.vocabulary.text(of: tokens), answerTokens: tokens)
      violations += await checkOverflow("answered") { _ = try await session.predict(after: long) }
      violations += await checkOverflow("counted without complaint") { _ = try await session.tokenCount(of: long) }
    }
    return violations + (try await checkStillAnswers(session, text))
  }

  private func checkOverflow(_ outcome: String, _ ask: () async throws -> Void) async -> [String] {
    do {
      try await ask()
      return ["A text of more tokens than the context length was \(outcome)."]
    } catch let error as BackendError where error.code == .contextOverflow {
      return []
    } catch {
      return ["A text that is too long failed with another code than contextOverflow: \(error)"]
    }
  }

  /// A session whose task was cancelled ends, and can be asked again.
  func checkCancelling(with text: String) async throws -> [String] {
    let session = try await backend.makeSession()
    let task = Task { try await session.predict(after: ContextText(text)) }
    task.cancel()
    _ = await task.result
    return try await checkStillAnswers(session, text)
  }
}
