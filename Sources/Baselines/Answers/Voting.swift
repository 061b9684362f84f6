public import Ensembling
public import ModelBackends

/// The answer that most voters give, whichever words they give it in (self-consistency, arXiv 2203.11171, over several
/// answerers).
///
/// Answers are equal where their normalised forms are. Of answers with as many votes the one that was given first wins, in
/// the words of its first voter.
public struct Voting: Answering {
  /// Who votes, in order.
  public let voters: [any Answering]
  private let normalise: @Sendable (String) -> String?

  /// Sets up a vote.
  ///
  /// - Parameters:
  ///   - voters: Who votes; the earlier win ties.
  ///   - normalise: What of an answer is compared; `nil` for an answer that is no vote. By default its words, in lower case.
  /// - Precondition: There is a voter.
  public init(
    _ voters: [any Answering],
    normalise: @escaping @Sendable (String) -> String? = {
      $0.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
  ) {
    precondition(!voters.isEmpty, "A vote needs a voter.")
    self.voters = voters
    self.normalise = normalise
  }

  /// Asks every voter and counts. Where no answer is a vote, the first one is given.
  ///
  /// - Returns: An answer of a voter, with the statistics of all.
  /// - Throws: What a voter throws.
  public func respond(to messages: [Message], options: ResponseOptions) async throws -> Response {
    let responses = try await voters.responses(to: messages, options: options)
    let votes = responses.map { normalise($0.text) }
    let counts = votes.map { vote in vote == nil ? 0 : Double(votes.count { $0 == vote }) }
    return responses.chosen(counts.firstGreatest ?? 0)
  }
}
