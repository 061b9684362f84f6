internal import LinearAlgebra

/// How likely a model finds the words of its own prompt.
public struct PromptScore: Sendable, Hashable {
  /// The natural logarithm of the probability of the words that were judged, in the tokenizer's own tokens, each after
  /// all before it.
  public var logProbability: Double
  /// How many bytes were judged: those of the tokens that hold at least one byte of the words, but for the prompt's
  /// first token where nothing comes before it that it could be predicted from. A token may hold markup as well, such
  /// as the space between `User:` and the first word.
  public var byteCount: Int
  /// What it took.
  public var work: Prediction.Work

  /// Makes a score.
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
  /// Cannot do it at less cost than others can by asking: `nil`.
  public func promptScore(of prompt: RenderedPrompt) async throws -> PromptScore? { nil }
}
