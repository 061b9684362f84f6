import Ensembling
import LinearAlgebra
import ModelBackends

/// The members' likelihoods of answers, per byte.
struct MemberLikelihoods: Sendable {
  /// The least log-probability of a token, so that a single token that a member rules out does not make all answers
  /// that contain one equal.
  private static let least = ElementaryFunctions.log(Float(1e-10))

  let scorers: [Ensemble]
  let separator: String?

  init(_ scorers: [Ensemble], separator: String?) {
    precondition(!scorers.isEmpty, "A ranker needs a scorer.")
    self.scorers = scorers
    self.separator = separator
  }

  /// Log-probabilities per byte, `[scorer × candidate]`. White space at an answer's ends does not count; an empty
  /// answer has −∞.
  func perByte(of candidates: [String], after messages: [Message]) async throws -> [[Double]] {
    var rows: [[Double]] = []
    for scorer in scorers {
      var row: [Double] = []
      let separator = try separator ?? scorer.separator(after: messages)
      for candidate in candidates {
        let text = candidate.trimmed
        guard !text.isEmpty else {
          row.append(-.infinity)
          continue
        }
        let score = try await scorer.score(separator + text, after: messages)
        let sum = score.tokens.reduce(0) { $0 + Double(max($1.logProbability, Self.least)) }
        row.append(sum / Double(max(score.byteCount, 1)))
      }
      rows.append(row)
    }
    return rows
  }
}
