import ModelBackends

/// Checks of a session at its limits and under cancellation.
extension BackendConformance {
  /// Checks that a text that is too long, and one that is empty, are refused with the right code, also before any work;
  /// the session remains usable.
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
        prompt: RenderedPrompt(text), answer: backend.vocabulary.text(of: tokens), answerTokens: tokens)
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

  /// Checks that a session whose task is cancelled ends, and remains usable.
  func checkCancelling(with text: String) async throws -> [String] {
    let session = try await backend.makeSession()
    await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = await outcome(of: session, to: ContextText(text))
    }.value
    return try await checkStillAnswers(session, text)
  }

  /// Checks that the work a session reports covers the text that it reports as read.
  func checkWork(on text: String) async throws -> [String] {
    let session = try await backend.makeSession()
    var violations: [String] = []
    for length in [text.utf8.count, text.utf8.count / 2 + 1, text.utf8.count] {
      let context = ContextText(prompt: RenderedPrompt(parts: [.text(Array(text.utf8.prefix(length)))]))
      guard case .success(let prediction) = await outcome(of: session, to: context),
        let count = try? await session.tokenCount(of: context)
      else { continue }
      let done = prediction.work.kept + prediction.work.evaluated
      if done < count {
        let shown = String(decoding: context.bytes, as: UTF8.self)
        violations.append("After \"\(shown)\" a session accounts for \(done) of \(count) tokens.")
      }
    }
    return violations
  }
}
