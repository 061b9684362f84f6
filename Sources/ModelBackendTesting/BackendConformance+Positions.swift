import ModelBackends

/// Predictions at many positions of a text in one call.
extension BackendConformance {
  /// Text whose tokens change as it grows: long words, numbers, line ends, runs of spaces, characters of several bytes,
  /// combining marks, joined characters, scripts without spaces.
  package static let positionText =
    " the unbelievably 1234567 naïve don't\r\n\r\n    x\t\t 3.14 e\u{301}\u{302} 東京タワー 👩‍👧 ДА e\n\nend"

  /// Checks that predictions at every position of a text are those of one prefix at a time, in calls of any size, also
  /// between tokens that a model chose; and that the session answers afterwards as a fresh one does.
  package func checkPositions(after text: String) async throws -> [String] {
    let answer = Array(Self.positionText.utf8)
    let bytes = ContextText(prompt: RenderedPrompt(text), answer: answer)
    var violations = try await checkPositions(
      in: bytes, (0...answer.count).map { ContextText.Prefix(byteCount: $0) }, pieces: [1, 7, 32, 3])
    let vocabulary = backend.vocabulary
    let chosen = Array(vocabulary.textTokens.prefix(9))
    let tokens = ContextText(prompt: RenderedPrompt(text), answer: vocabulary.text(of: chosen), answerTokens: chosen)
    let prefixes = (0...chosen.count).map { count in
      ContextText.Prefix(byteCount: vocabulary.text(of: chosen.prefix(count)).count, tokenCount: count)
    }
    violations += try await checkPositions(in: tokens, prefixes, pieces: [4])
    return violations
  }

  /// - Parameter pieces: The numbers of prefixes in successive calls.
  private func checkPositions(
    in context: ContextText, _ prefixes: [ContextText.Prefix], pieces: [Int]
  ) async throws -> [String] {
    let (used, single) = (try await backend.makeSession(), try await backend.makeSession())
    var violations: [String] = []
    var (rest, turn) = (prefixes[...], 0)
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieces[turn % pieces.count]))
      (rest, turn) = (rest.dropFirst(piece.count), turn + 1)
      let found: [Prediction?]
      do {
        found = try await used.predictions(after: piece, of: context)
      } catch {
        // A text that exceeds the context does so with both methods.
        if case .failure = await outcome(of: single, to: context.prefix(piece[piece.count - 1])) { break }
        violations.append("Predictions at \(piece.count) positions failed, and not one after the other: \(error)")
        break
      }
      guard found.count == piece.count else {
        return violations + ["There are \(found.count) predictions after \(piece.count) prefixes."]
      }
      for (prefix, prediction) in zip(piece, found) {
        let part = context.prefix(prefix)
        let shown = String(decoding: part.bytes, as: UTF8.self)
        switch (prediction, await outcome(of: single, to: part)) {
        case (let prediction?, .success(let expected)):
          violations += compare(expected, prediction, after: shown)
          if prediction.unknownTokens != expected.unknownTokens {
            violations.append("After \"\(shown)\" other numbers of unknown tokens are counted.")
          }
        case (nil, .failure(let error as BackendError)) where error.code == .tokenization: break
        default: violations.append("After \"\(shown)\" a prefix among others and one alone are not answered alike.")
        }
      }
    }
    return violations + (try await checkStillAnswers(used, String(decoding: context.prompt.bytes, as: UTF8.self)))
  }
}
