internal import LinearAlgebra

/// The probability that a model assigns to the words of its own prompt.
public struct PromptScore: Sendable, Hashable {
  /// The natural logarithm of the probability of the scored words, in the tokenizer's own tokens, each given all tokens
  /// before it.
  public var logProbability: Double
  /// The number of scored bytes: those of the tokens that hold at least one byte of the words, except the prompt's
  /// first token where it has no context to be predicted from. A token may hold markup as well, such as the space
  /// between `User:` and the first word.
  public var byteCount: Int
  /// The work done.
  public var work: Prediction.Work

  /// Creates a score.
  public init(logProbability: Double, byteCount: Int, work: Prediction.Work = Prediction.Work()) {
    self.logProbability = logProbability
    self.byteCount = byteCount
    self.work = work
  }

  /// −log₂ p divided by the number of bytes, which compares models with different tokens; `nil` where there are none.
  public var bitsPerByte: Double? {
    byteCount == 0 ? nil : -logProbability / ElementaryFunctions.log(2.0) / Double(byteCount)
  }
}

extension ModelSession {
  /// Not available at less cost than by separate predictions: `nil`.
  public func promptScore(of prompt: RenderedPrompt) async throws -> PromptScore? { nil }
}
