internal import BackendSupport
import ModelBackends

/// Checks of the forms in which a session receives text: byte by byte, as tokens that the model chose, as words that
/// look like markup.
extension BackendConformance {
  /// Text that answers grow by: line ends, runs of spaces, digits, letters of several bytes, joined characters.
  private static let hardText = "\n  7é 10 👩‍👧ö\n\nx"

  /// Checks that a used session answers as a fresh one does, healed and not, while an answer grows byte by byte and
  /// shrinks.
  ///
  /// Where the text ends inside a character, and where a vocabulary cannot express one, a session may refuse with the
  /// code `tokenization`.
  func checkGrowth(from text: String) async throws -> [String] {
    let used = try await backend.makeSession()
    let answer = Array(Self.hardText.utf8)
    let lengths = Array(1...answer.count) + [answer.count - 3, 5, 2, answer.count]
    var violations: [String] = []
    for (step, length) in lengths.enumerated() {
      let healing = step % 3 == 2 ? TokenHealing.off : .standard
      let context = ContextText(prompt: RenderedPrompt(text), answer: Array(answer[..<length]), healing: healing)
      let shown = text + String(decoding: context.answer, as: UTF8.self)
      let fresh = await outcome(of: try await backend.makeSession(), to: context)
      switch (fresh, await outcome(of: used, to: context)) {
      case (.success(let fresh), .success(let again)): violations += compare(fresh, again, after: shown)
      case (.failure(let one), .failure(let other)):
        for error in [one, other] where !isAllowed(error) {
          violations.append(
            "After \"\(shown)\" a session failed with another code than tokenization or contextOverflow: \(error)")
        }
      default:
        violations.append("After \"\(shown)\" a used session and a fresh one disagree on whether they can answer.")
      }
    }
    return violations
  }

  /// Checks that no old answer is given when a text changes without growing, at its start, in its middle, at its end
  /// and in its prompt.
  func checkChanges(of text: String) async throws -> [String] {
    let used = try await backend.makeSession()
    let base = Array((text + " and then " + text).utf8)
    func replaced(at index: Int) -> [UInt8] {
      var bytes = base
      bytes[index] = bytes[index] == UInt8(ascii: "q") ? UInt8(ascii: "x") : UInt8(ascii: "q")
      return bytes
    }
    // A letter replaces a whole character only where that is ASCII.
    let indices = [0, base.count / 2, base.count - 1].compactMap { near in
      base.indices.filter { base[$0] < 0x80 }.min { abs($0 - near) < abs($1 - near) }
    }
    let texts = indices.flatMap { [base, replaced(at: $0)] } + [Array("Now ".utf8) + base, base]
    var contexts = texts.map { ContextText(prompt: RenderedPrompt(parts: [.text($0)])) }
    contexts += ["One: ", "Two: "].map { ContextText(prompt: RenderedPrompt($0), answer: base) }
    var violations: [String] = []
    for context in contexts {
      switch (await outcome(of: try await backend.makeSession(), to: context), await outcome(of: used, to: context)) {
      case (.success(let fresh), .success(let again)):
        violations += compare(fresh, again, after: String(decoding: context.bytes, as: UTF8.self))
      case (.failure(let error), _), (_, .failure(let error)):
        if !isAllowed(error) { violations.append("A text that has changed cannot be answered: \(error)") }
      }
    }
    return violations
  }

  private func isAllowed(_ error: any Error) -> Bool {
    guard let error = error as? BackendError else { return false }
    return error.code == .tokenization || error.code == .contextOverflow
  }

  /// Checks that tokens that the model chose are read unchanged, and that one that it does not have is refused.
  func checkChosenTokens(after text: String) async throws -> [String] {
    let vocabulary = backend.vocabulary
    let used = try await backend.makeSession()
    var violations: [String] = []
    var chosen: [TokenID] = []
    for token in vocabulary.textTokens.prefix(3) {
      chosen.append(token)
      let context = ContextText(prompt: RenderedPrompt(text), answer: vocabulary.text(of: chosen), answerTokens: chosen)
      let fresh = try await backend.makeSession().predict(after: context)
      violations += compare(fresh, try await used.predict(after: context), after: "\(text) and the tokens \(chosen)")
    }
    let outOfRange = ContextText(prompt: RenderedPrompt(text), answerTokens: [vocabulary.count])
    switch await outcome(of: used, to: outOfRange) {
    case .success: violations.append("A token that is not in the vocabulary was answered.")
    case .failure(let error) where error is BackendError: break
    case .failure(let error):
      violations.append("A token that is not in the vocabulary failed with another error than BackendError: \(error)")
    }
    violations += try await checkSpellings(after: text, used)
    return violations + (try await checkStillAnswers(used, text))
  }

  /// Checks that one token and two with the same bytes are different texts to the model that chose them.
  private func checkSpellings(after text: String, _ session: any ModelSession) async throws -> [String] {
    let vocabulary = backend.vocabulary
    let spellings: [[TokenID]]? = vocabulary.textTokens.lazy.compactMap { token in
      let bytes = vocabulary.bytes(of: token)
      return (1..<max(1, bytes.count)).lazy.compactMap { length -> [[TokenID]]? in
        guard let first = vocabulary.id(forBytes: bytes.prefix(length)),
          let second = vocabulary.id(forBytes: bytes.dropFirst(length))
        else { return nil }
        return [[token], [first, second]]
      }.first
    }.first
    var counts: [Int] = []
    for tokens in spellings ?? [] {
      let context = ContextText(prompt: RenderedPrompt(text), answer: vocabulary.text(of: tokens), answerTokens: tokens)
      if let count = try await session.tokenCount(of: context) { counts.append(count) }
    }
    guard counts.count == 2, counts[1] != counts[0] + 1 else { return [] }
    return ["Chosen tokens are not kept: one token and two with the same bytes count as \(counts[0]) and \(counts[1])."]
  }

  /// Checks that a template's text without control tokens and the words next to it are read as one text.
  func checkMarkup(of text: String) async throws -> [String] {
    let bytes = Array(text.utf8)
    let names = backend.tokenizer?.controlTokens(in: bytes, markup: [0..<bytes.count]) ?? []
    guard names.isEmpty else { return [] }
    let middle = text.index(text.startIndex, offsetBy: text.count / 2)
    let parts: [RenderedPrompt.Part] = [.markup(String(text[..<middle])), .text(Array(text[middle...].utf8))]
    let whole = await outcome(of: try await backend.makeSession(), to: ContextText(text))
    let apart = await outcome(
      of: try await backend.makeSession(), to: ContextText(prompt: RenderedPrompt(parts: parts)))
    guard case .success(let whole) = whole else { return [] }
    guard case .success(let apart) = apart, compare(whole, apart, after: text).isEmpty else {
      return ["A template's words and the words beside them are not read as one text: \"\(text)\"."]
    }
    return []
  }

  /// Checks that the spelling of an end token that a user types does not become the token.
  func checkControlTokens(after text: String) async throws -> [String] {
    let vocabulary = backend.vocabulary
    var violations: [String] = []
    for end in vocabulary.endOfGeneration where vocabulary.kind(of: end) == .control {
      let spelling = Array(vocabulary.bytes(of: end))
      let session = try await backend.makeSession()
      func logits(_ typed: [UInt8], _ chosen: [TokenID]) async -> [Float]? {
        let prompt = RenderedPrompt(parts: [.text(Array(text.utf8) + typed)])
        let context = ContextText(prompt: prompt, answerTokens: chosen)
        return try? await outcome(of: session, to: context).get().logits
      }
      let (plain, real) = await (logits([], []), logits([], [end]))
      // A model may give the same logits by coincidence; then it also does for a text without the spelling's last byte.
      let (typed, almost) = await (logits(spelling, []), logits(spelling.dropLast(), []))
      if real != nil, typed == real, typed != plain, typed != almost {
        let shown = String(decoding: spelling, as: UTF8.self)
        violations.append("\"\(shown)\" in a text is read as the token that ends a generation.")
      }
    }
    return violations
  }

  /// Checks that a session that scores prompts gives the result of one prediction per token, whatever it read before,
  /// and that it answers afterwards as a fresh one does.
  func checkPromptScores(of text: String) async throws -> [String] {
    guard let tokenizer = backend.tokenizer else { return [] }
    let scorer = PromptScorer(tokenizer: tokenizer, vocabulary: backend.vocabulary)
    let used = try await backend.makeSession()
    let longer = RenderedPrompt(text + " and then " + text)
    let marked = RenderedPrompt(parts: [.text(Array(text.utf8)), .markup("\n"), .text(Array(text.utf8))])
    var violations: [String] = []
    for prompt in [RenderedPrompt(text), longer, RenderedPrompt(text), marked, longer] {
      let shown = String(decoding: prompt.bytes, as: UTF8.self)
      let expected: PromptScore
      // Prompts that cannot be read at all are checked elsewhere.
      do { expected = try await scorer.score(prompt, asking: try await backend.makeSession()) } catch { continue }
      guard let score = try await used.promptScore(of: prompt) else { return violations }
      let gap = abs(score.logProbability - expected.logProbability)
      if score.byteCount != expected.byteCount || !(gap <= Double(tolerance) * Double(max(1, score.byteCount))) {
        violations.append(
          "The prompt \"\(shown)\" has the score \(score.logProbability) for \(score.byteCount) bytes, and "
            + "\(expected.logProbability) for \(expected.byteCount) one token after the other.")
      }
      let context = ContextText(prompt: prompt)
      let fresh = try await backend.makeSession().predict(after: context)
      violations += compare(fresh, try await used.predict(after: context), after: shown)
    }
    return violations
  }

  /// The answer of a session to a text.
  func outcome(of session: any ModelSession, to context: ContextText) async -> Result<Prediction, any Error> {
    do { return .success(try await session.predict(after: context)) } catch { return .failure(error) }
  }

  /// Checks that a session answers a plain text as a fresh one does after a request that it had to refuse.
  func checkStillAnswers(_ session: any ModelSession, _ text: String) async throws -> [String] {
    let fresh = try await backend.makeSession().predict(after: ContextText(text))
    switch await outcome(of: session, to: ContextText(text)) {
    case .success(let prediction): return compare(fresh, prediction, after: text)
    case .failure(let error): return ["After an error a session cannot be asked again: \(error)"]
    }
  }
}
