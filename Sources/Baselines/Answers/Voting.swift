public import Ensembling
public import ModelBackends

/// Chooses the answer that most voters give, in whatever words (self-consistency, arXiv 2203.11171, over several
/// answerers).
///
/// Answers are equal where their normalised forms are. Ties go to the answer that was given first. The result has the
/// words of the answer's first voter.
public struct Voting: Answering {
  /// The voters, in order.
  package let voters: [any Answering]
  private let normalise: @Sendable (String) -> String?

  /// Creates a vote.
  ///
  /// - Parameters:
  ///   - voters: The voters; earlier ones win ties.
  ///   - normalise: The form of an answer that is compared; `nil` for an answer that is not a vote. By default its
  ///     words, in lower case.
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

  /// Asks every voter and counts. Where no answer is a vote, returns the first one.
  ///
  /// - Returns: An answer of a voter, with the statistics of all.
  /// - Throws: The voters' errors.
  public func respond(to messages: [Message], options: ResponseOptions) async throws -> Response {
    let responses = try await voters.responses(to: messages, options: options)
    let votes = responses.map { normalise($0.text) }
    let counts = votes.map { vote in vote == nil ? 0 : Double(votes.count { $0 == vote }) }
    return responses.chosen(counts.firstGreatest ?? 0)
  }
}
