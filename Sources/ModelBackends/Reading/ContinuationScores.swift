/// The probabilities that a model assigns to some continuations of a text, as bytes.
public struct ContinuationScores: Sendable, Hashable {
  /// The natural logarithm of the probability that the text continues with each continuation, whatever follows it;
  /// `nil` for one that the model cannot read.
  public var logProbabilities: [Double?]
  /// The work done.
  public var work: Prediction.Work

  /// Creates scores.
  public init(logProbabilities: [Double?], work: Prediction.Work = Prediction.Work()) {
    self.logProbabilities = logProbabilities
    self.work = work
  }
}

extension ModelSession {
  /// Not available at less cost than by separate predictions: `nil`.
  public func score(_ continuations: [[UInt8]], after context: ContextText) async throws -> ContinuationScores? { nil }
}
