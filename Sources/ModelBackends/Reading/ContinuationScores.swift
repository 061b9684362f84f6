/// How likely a model finds some continuations of a text, as bytes.
public struct ContinuationScores: Sendable, Hashable {
  /// The natural logarithm of the probability that the text goes on with each continuation, whatever follows it; `nil` for
  /// one that the model cannot read.
  public var logProbabilities: [Double?]
  /// What it took.
  public var work: Prediction.Work

  /// Makes scores.
  public init(logProbabilities: [Double?], work: Prediction.Work = Prediction.Work()) {
    self.logProbabilities = logProbabilities
    self.work = work
  }
}

extension ModelSession {
  /// Cannot do it at less cost than others can by asking: `nil`.
  public func score(_ continuations: [[UInt8]], after context: ContextText) async throws -> ContinuationScores? { nil }
}
