internal import LinearAlgebra

/// The score of a fusion rule on a recording.
public struct RecordedScore: Sendable {
  /// The score of one text.
  public struct TextScore: Sendable, Hashable {
    /// The natural logarithm of the text's probability.
    public var logProbability: Double
    /// Its length in bytes.
    public var byteCount: Int

    /// −log₂ p divided by the length in bytes; 0 for an empty text.
    public var bitsPerByte: Double {
      byteCount == 0 ? 0 : -logProbability / ElementaryFunctions.log(2.0) / Double(byteCount)
    }
  }

  /// The score of each text, for resampling.
  public var texts: [TextScore]
  /// The share of steps in which the likeliest token is the text's.
  public var accuracy: Double
  /// The share of steps in which the likeliest token is also the main model's own.
  public var agreementWithMain: Double
  /// The mean time of a fusion, in seconds.
  public var secondsPerStep: Double
  /// The inverse search's mean loss before the first and after the last step; `nil` where the rule does not search.
  public var meanLosses: (before: Double, after: Double)?

  /// −log₂ p of all texts divided by their length in bytes.
  public var bitsPerByte: Double {
    TextScore(
      logProbability: texts.reduce(0) { $0 + $1.logProbability }, byteCount: texts.reduce(0) { $0 + $1.byteCount }
    ).bitsPerByte
  }
}
