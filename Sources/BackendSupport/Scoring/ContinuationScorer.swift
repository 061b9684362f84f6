package import ModelBackends

/// Scores continuations with any session whose tokenizer is known, one evaluation at a time.
///
/// The session predicts after the text in tokens (`ContextText.answerTokens`), unhealed. Engines that evaluate a
/// whole ``TokenTree`` at once implement `ModelSession.score(_:after:)` themselves.
package struct ContinuationScorer: Sendable {
  private let tokenizer: any Tokenizer
  private let vocabulary: Vocabulary
  private let healer: TokenHealer

  /// Prepares a model.
  ///
  /// - Parameters:
  ///   - tokenizer: The model's tokenizer.
  ///   - vocabulary: The model's tokens, as many as it has logits.
  ///   - name: The model's name, for errors.
  package init(tokenizer: any Tokenizer, vocabulary: Vocabulary, name: String = "the model") {
    self.tokenizer = tokenizer
    self.vocabulary = vocabulary
    healer = TokenHealer(vocabulary, name: name)
  }

  /// Scores some continuations of a text.
  ///
  /// - Throws: The errors of the tokenizer for the text, and those of the session.
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
