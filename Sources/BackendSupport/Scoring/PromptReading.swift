internal import LinearAlgebra
package import ModelBackends

/// The probability of each token of a prompt given those before it, as far as a session has read it.
///
/// The session passes in the logits after each token. The logits of a prefix shared with the previous prompt are not
/// requested again, as far as it was read in passes that a session runs for any text with this prefix (``PassPlan``).
package struct PromptReading: Sendable {
  private var tokens: [TokenID] = []
  /// The natural logarithm of each token's probability; 0 for the first one, which has no context.
  private var logProbabilities: [Double] = []
  /// The number of tokens that were read in whole passes.
  private var whole = 0
  private let stride: Int

  /// Starts with nothing read.
  ///
  /// - Parameter stride: The length of a whole pass.
  package init(stride: Int? = nil) {
    self.stride = stride ?? .max
  }

  /// Begins with a prompt's tokens.
  ///
  /// - Parameter wanted: All tokens of the prompt; at least one.
  /// - Returns: The range of token counts after which logits are needed, up to the prompt's end; `nil` where all are
  ///   known.
  package mutating func begin(_ wanted: [TokenID]) -> ClosedRange<Int>? {
    if tokens == wanted, logProbabilities.count == wanted.count { return nil }
    let common = zip(tokens, wanted).prefix { $0 == $1 }.count
    // The logits after the last whole pass predict a token that must be the same, too.
    let known = min(whole, max(0, common - 1)) / stride * stride + 1
    tokens = wanted
    whole = known - 1
    logProbabilities = Array(logProbabilities.prefix(known))
    if logProbabilities.isEmpty { logProbabilities = [0] }
    return logProbabilities.count < wanted.count ? logProbabilities.count...wanted.count : nil
  }

  /// Takes the logits after the first `count` tokens.
  ///
  /// - Throws: `LinearAlgebraError` where they are not a distribution.
  package mutating func note(_ logits: [Float], after count: Int) throws {
    guard count == logProbabilities.count, count < tokens.count else { return }
    logProbabilities.append(Double(logits[tokens[count]] - (try logSumExp(logits))))
  }

  /// Ends the prompt, of which the given number of tokens were read in whole passes.
  package mutating func end(whole: Int) { self.whole = whole }

  /// The score of the prompt's words, including template text that shares a token with them.
  ///
  /// - Precondition: The logits of the whole requested range were passed in.
  package func score(of text: ContextTokens, vocabulary: Vocabulary, work: Prediction.Work) -> PromptScore {
    var score = PromptScore(logProbability: 0, byteCount: 0, work: work)
    for index in text.messageRanges.joined() where index > 0 {
      let bytes = vocabulary.text(of: CollectionOfOne(text.tokens[index])).count
      guard bytes > 0 else { continue }
      score.byteCount += bytes
      score.logProbability += logProbabilities[index]
    }
    return score
  }
}

/// Scores a prompt with any session whose tokenizer is known, one token at a time.
package struct PromptScorer: Sendable {
  private let tokenizer: any Tokenizer
  private let vocabulary: Vocabulary

  /// Prepares a model.
  package init(tokenizer: any Tokenizer, vocabulary: Vocabulary) {
    self.tokenizer = tokenizer
    self.vocabulary = vocabulary
  }

  /// Scores the words of a prompt.
  ///
  /// - Throws: The errors of the tokenizer and the session, and `LinearAlgebraError` for logits that are not a
  ///   distribution.
  /// - Complexity: One call of the session for each token but the last; a session with a cache evaluates each token
  ///   once.
  package func score(_ prompt: RenderedPrompt, asking session: any ModelSession) async throws -> PromptScore {
    let text = try tokenizer.read(prompt)
    var (reading, work) = (PromptReading(), Prediction.Work())
    _ = reading.begin(text.tokens)
    for count in 1..<text.tokens.count {
      let tokens = Array(text.tokens[..<count])
      let prefix = ContextText(
        prompt: RenderedPrompt(parts: []), answer: vocabulary.text(of: tokens), answerTokens: tokens, healing: .off)
      let prediction = try await session.predict(after: prefix)
      work = work + prediction.work
      guard prediction.logits.count == vocabulary.count else {
        throw BackendError(
          .engineFailure, in: "the model", "it gave \(prediction.logits.count) logits for \(vocabulary.count) tokens",
          remedy: "Check that the vocabulary belongs to the model.")
      }
      try reading.note(prediction.logits, after: count)
    }
    return reading.score(of: text, vocabulary: vocabulary, work: work)
  }
}

extension Tokenizer {
  /// A prompt's tokens; at least one.
  fileprivate func read(_ prompt: RenderedPrompt) throws -> ContextTokens {
    var reader = ContextReader(self)
    let text = try reader.read(ContextText(prompt: prompt))
    try text.check(for: "the model", vocabulary: vocabulary, contextLength: nil)
    return text
  }
}
