public import Ensembling
public import ModelBackends

/// Ranks the answers of several answerers, then returns the best one, or lets an ensemble answer that has read the best
/// (after LLM-Blender, arXiv 2306.02561, without its trained ranker and fuser).
public struct RankThenFuse: Answering {
  /// A last answer, written after reading the best candidates.
  public struct Conditioning: Sendable {
    /// The answerer that writes it.
    package var answerer: any Answering
    /// The maximum number of candidates that it reads.
    package var candidateCount: Int
    /// Writes the conversation with the candidates, the best first.
    package var prompt: @Sendable (_ messages: [Message], _ candidates: [String]) -> [Message]

    /// Creates a last answer.
    ///
    /// - Precondition: `candidateCount` is 1 or more.
    public init(
      _ answerer: any Answering, candidateCount: Int = 3,
      prompt: @escaping @Sendable (_ messages: [Message], _ candidates: [String]) -> [Message] = Self.listed
    ) {
      precondition(candidateCount > 0, "A last answer reads at least one candidate.")
      self.answerer = answerer
      self.candidateCount = candidateCount
      self.prompt = prompt
    }

    /// Adds a numbered list to the last turn:
    ///
    /// ```
    /// What is the capital of Peru?
    ///
    /// Answers that were given, the likeliest first:
    /// 1. Lima
    /// 2. Cusco
    ///
    /// Give the right answer.
    /// ```
    public static let listed: @Sendable (_ messages: [Message], _ candidates: [String]) -> [Message] = {
      messages, candidates in
      var messages = messages
      let list = candidates.enumerated().map { "\($0 + 1). \($1)" }.joined(separator: "\n")
      let text = "Answers that were given, the likeliest first:\n\(list)\n\nGive the right answer."
      if let last = messages.indices.last {
        messages[last].content += "\n\n" + text
      } else {
        messages = [Message(role: .user, content: text)]
      }
      return messages
    }
  }

  /// The answerers, in order.
  package let answerers: [any Answering]
  /// The ranker of the answers.
  package let ranker: any CandidateRanker
  /// The last answer; `nil` to return the best candidate.
  package let conditioning: Conditioning?

  /// Creates a ranking.
  ///
  /// - Parameters:
  ///   - answerers: The answerers; earlier ones win ties.
  ///   - ranker: The ranker of the answers.
  ///   - conditioning: The last answer; `nil` to return the best candidate.
  /// - Precondition: There is an answerer.
  public init(_ answerers: [any Answering], ranker: any CandidateRanker, conditioning: Conditioning? = nil) {
    precondition(!answerers.isEmpty, "A ranking needs an answer.")
    self.answerers = answerers
    self.ranker = ranker
    self.conditioning = conditioning
  }

  /// Asks every answerer, ranks the answers, and returns the best or a last one.
  ///
  /// Answers that differ only in white space at their ends count as one. Where all are the same, there is nothing to
  /// rank.
  ///
  /// - Returns: An answer with the statistics of all that were written; its duration includes the time of the ranking.
  /// - Throws: Errors of the answerers and of the ranker.
  public func respond(to messages: [Message], options: ResponseOptions) async throws -> Response {
    var responses = try await answerers.responses(to: messages, options: options)
    let clock = ContinuousClock()
    let start = clock.now
    let ranked = try await ranked(responses.map(\.text.trimmed), after: messages)
    let duration = start.duration(to: clock.now)
    var best = ranked[0]
    if let conditioning {
      let texts = ranked.prefix(conditioning.candidateCount).map { responses[$0].text.trimmed }
      let prompt = conditioning.prompt(messages, texts)
      responses.append(try await conditioning.answerer.respond(to: prompt, options: options))
      best = responses.count - 1
    }
    var response = responses.chosen(best)
    response.statistics.duration += duration
    return response
  }

  /// The indices of the distinct texts, the best first; ties go to the first one.
  private func ranked(_ texts: [String], after messages: [Message]) async throws -> [Int] {
    let indices = texts.indices.filter { texts.firstIndex(of: texts[$0]) == $0 }
    guard indices.count > 1 else { return indices }
    let scores = try await ranker.scores(of: indices.map { texts[$0] }, after: messages)
    precondition(scores.count == indices.count, "A ranker gives a number for each candidate.")
    return indices.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.map { indices[$0] }
  }
}

extension String {
  /// The text without white space at its ends.
  var trimmed: String {
    let start = drop(while: \.isWhitespace)
    return String(start[..<(start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex)])
  }
}
