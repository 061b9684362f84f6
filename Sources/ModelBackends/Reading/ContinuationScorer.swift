/// Scores continuations with any session whose tokenizer is known, one evaluation after the other.
///
/// The session is asked for the text in tokens (``ContextText/answerTokens``), unhealed. Engines that evaluate a whole
/// ``TokenTree`` at once answer ``ModelSession/score(_:after:)`` themselves.
package struct ContinuationScorer: Sendable {
  private let tokenizer: any Tokenizer
  private let vocabulary: Vocabulary
  private let healer: TokenHealer

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - tokenizer: The way to the model's tokens.
  ///   - vocabulary: The model's tokens, as many as it has logits.
  ///   - name: The model's name, for errors.
  package init(tokenizer: any Tokenizer, vocabulary: Vocabulary, name: String = "the model") {
    self.tokenizer = tokenizer
    self.vocabulary = vocabulary
    healer = TokenHealer(vocabulary, name: name)
  }

  /// How likely a text goes on with each of some continuations.
  ///
  /// - Throws: What the tokenizer throws for the text, and what the session throws.
  /// - Complexity: A call of the session for each boundary and each node of a ``ContinuationPlan``.
  package func score(
    _ continuations: [[UInt8]], after context: ContextText, asking session: any ModelSession
  ) async throws -> ContinuationScores {
    let plan = try ContinuationPlan(
      continuations, after: context, reader: ContextReader(tokenizer), healer: healer, vocabulary: vocabulary)
    var work = Prediction.Work()
    func logits(after tokens: [TokenID]) async throws -> [Float] {
      let text = ContextText(
        prompt: RenderedPrompt(parts: []), answer: vocabulary.text(of: tokens), answerTokens: tokens, healing: .off)
      let prediction = try await session.predict(after: text)
      work = work + prediction.work
      return prediction.logits
    }
    var trunk: [Int: [Float]] = [:]
    for count in plan.boundaries { trunk[count] = try await logits(after: Array(plan.tree.trunk[..<count])) }
    var nodes: [[Float]] = []
    for node in plan.tree.nodes.indices { nodes.append(try await logits(after: plan.tree.tokens(through: node))) }
    let logProbabilities = try plan.logProbabilities(trunk: { trunk[$0] ?? [] }, nodes: nodes)
    return ContinuationScores(logProbabilities: logProbabilities, work: work)
  }
}
