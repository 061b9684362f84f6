public import Ensembling
public import ModelBackends

/// Chooses the answer most similar to the others: minimum Bayes risk over finished answers (Kumar and Byrne 2004), with
/// every answer weighted equally.
public struct MinimumBayesRisk: Answering {
  /// The answerers, in order.
  package let answerers: [any Answering]
  /// The similarity of answers.
  package let similarity: TextSimilarity

  /// Creates a choice.
  ///
  /// - Parameters:
  ///   - answerers: The answerers; earlier ones win ties.
  ///   - similarity: The similarity of answers.
  /// - Precondition: There is an answerer.
  public init(_ answerers: [any Answering], similarity: TextSimilarity = .chrF) {
    precondition(!answerers.isEmpty, "A choice needs an answer.")
    self.answerers = answerers
    self.similarity = similarity
  }

  /// Asks every answerer and compares each answer with all others.
  ///
  /// - Returns: The answer with the highest mean similarity to the others, with the statistics of all.
  /// - Throws: The answerers' errors.
  /// - Complexity: O(answerers²) comparisons.
  public func respond(to messages: [Message], options: ResponseOptions) async throws -> Response {
    let responses = try await answerers.responses(to: messages, options: options)
    let texts = responses.map(\.text)
    // The sums are divided by the same number for all, and sorted, so that the order of the answerers makes no
    // difference.
    let sums = texts.indices.map { index in
      texts.indices.filter { $0 != index }.map { similarity.similarity(of: texts[index], to: texts[$0]) }.sorted()
        .reduce(0, +)
    }
    return responses.chosen(sums.firstGreatest ?? 0)
  }
}
