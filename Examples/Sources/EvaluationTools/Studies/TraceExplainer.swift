package import DeePEn

/// Finds the step in which an ensemble's answer leaves the right one, and explains it.
///
/// Meant for questions that the ensemble gets wrong and its best member gets right; the best member's answer then
/// serves as the right one.
package struct TraceExplainer: Sendable {
  /// The ensemble.
  package var ensemble: Ensemble
  /// The number of each member's likeliest tokens that are examined.
  package var candidateCount: Int
  /// The probability of its likeliest token from which the main model counts as sure.
  package var sureness: Float

  /// Creates an explainer.
  package init(_ ensemble: Ensemble, candidateCount: Int = 20, sureness: Float = 0.9) {
    precondition(candidateCount > 0, "An explanation needs at least one candidate.")
    self.ensemble = ensemble
    self.candidateCount = candidateCount
    self.sureness = sureness
  }

  /// Lets the ensemble answer, greedily, up to the step in which it leaves the right answer.
  ///
  /// White space before an answer does not count, nor do line ends after it.
  ///
  /// - Parameters:
  ///   - messages: The question.
  ///   - right: The right answer.
  ///   - maximumTokens: The maximum number of tokens.
  /// - Returns: The explanation; `nil` where the ensemble does not leave the right answer.
  /// - Throws: `EnsembleError`.
  package func explain(
    _ messages: [Message], right: String, maximumTokens: Int = 256
  ) async throws -> TraceExplanation? {
    let answer = Array(right.utf8.drop(while: Self.isSpace))
    let options = ResponseOptions(maximumTokens: maximumTokens, candidateCount: candidateCount)
    var (text, step) = ([UInt8](), 0)
    for try await element in ensemble.streamResponse(to: messages, options: options) {
      guard let token = element.token, let candidates = element.candidates else { continue }
      let ends = ensemble.members[0].backend.vocabulary.isEndOfGeneration(token)
      let rest = Array(answer.dropFirst(text.count))
      if ends ? !rest.isEmpty : !goesOn(element.bytes, rest, isStart: text.isEmpty) {
        return explanation(of: element, candidates, ends: ends, step: step, before: text, rest: rest)
      }
      if ends { return nil }
      text += element.bytes
      if step == 0 || text.allSatisfy(Self.isSpace) { text = Array(text.drop(while: Self.isSpace)) }
      // Text after the line end that follows the whole answer does not count.
      if text.count > answer.count { return nil }
      step += 1
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

  /// Returns whether a token continues as the right answer does, or ends it with a line end.
  private func goesOn(_ bytes: [UInt8], _ rest: [UInt8], isStart: Bool) -> Bool {
    let bytes = isStart ? Array(bytes.drop(while: Self.isSpace)) : bytes
    if bytes.isEmpty { return isStart || !rest.isEmpty }
    if rest.starts(with: bytes) { return true }
    return bytes.starts(with: rest) && bytes.dropFirst(rest.count).first == 0x0a
  }

  private func explanation(
    of element: GeneratedToken, _ candidates: GeneratedToken.Candidates, ends: Bool, step: Int, before: [UInt8],
    rest: [UInt8]
  ) -> TraceExplanation {
    func isRight(_ candidate: GeneratedToken.Candidate) -> Bool {
      if candidate.isEndOfGeneration { return rest.isEmpty }
      return !candidate.bytes.isEmpty && goesOn(candidate.bytes, rest, isStart: before.isEmpty)
    }
    let opinions = zip(ensemble.members, candidates.members).enumerated().map { index, pair in
      let first = pair.1.first
      return TraceExplanation.Opinion(
        member: pair.0.name, likeliest: first.flatMap { $0.isEndOfGeneration ? nil : $0.text },
        probability: first?.probability ?? 0,
        rightProbability: pair.1.filter(isRight).reduce(0) { $0 + $1.probability },
        isRight: first.map(isRight) ?? false,
        weight: candidates.weights.isEmpty
          ? 1 / Float(ensemble.members.count) : candidates.weights[index])
    }
    let cause: TraceExplanation.Cause
    if ends {
      cause = .endedTooEarly
    } else if rest.isEmpty {
      cause = .endedTooLate
    } else {
      let helpers = zip(opinions, candidates.members).dropFirst().filter { $0.0.isRight }
      let chosen = candidates.members.map { member in
        member.first { !$0.isEndOfGeneration && $0.bytes == element.bytes }?.probability ?? 0
      }
      let vocabulary = ensemble.members[0].backend.vocabulary
      if opinions[0].isRight {
        cause = .mainOverruled
      } else if helpers.isEmpty {
        cause = .nobodyRight
      } else if helpers.allSatisfy({ vocabulary.id(forBytes: $0.1[0].bytes) == nil }) {
        cause = .tokenBoundary
      } else if opinions[0].probability >= sureness {
        cause = .mainSureAndWrong
      } else {
        let forRight = opinions.reduce(0) { $0 + $1.weight * $1.rightProbability }
        let forChosen = zip(opinions, chosen).reduce(0) { $0 + $1.0.weight * $1.1 }
        cause = forRight > forChosen ? .searchTooSmall : .assistantsOutvoted
      }
    }
    return TraceExplanation(
      step: step, textBefore: String(decoding: before, as: UTF8.self),
      chosen: String(decoding: element.bytes, as: UTF8.self), rightRest: String(decoding: rest, as: UTF8.self),
      chosenProbability: element.probability, opinions: opinions, losses: candidates.losses, cause: cause)
  }
}
