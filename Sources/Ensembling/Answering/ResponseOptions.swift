/// Options of an answer's generation.
public struct ResponseOptions: Sendable, Hashable {
  /// The rule that chooses the next token from the fused distribution.
  public var sampling: Sampling
  /// The maximum number of the main model's tokens.
  public var maximumTokens: Int
  /// Texts that end the answer; they are not part of it.
  public var stop: [String]
  /// The rule by which the members end the answer.
  public var ending: Ending
  /// The number of the likeliest tokens to report at each step, for each member and for the ensemble; 0 for none.
  public var candidateCount: Int

  /// Creates options: greedy, at most 256 tokens.
  public init(
    sampling: Sampling = .greedy, maximumTokens: Int = 256, stop: [String] = [], ending: Ending = .chosen,
    candidateCount: Int = 0
  ) {
    self.sampling = sampling
    self.maximumTokens = maximumTokens
    self.stop = stop
    self.ending = ending
    self.candidateCount = candidateCount
  }
}

/// A rule by which the members end an answer.
public enum Ending: Sendable, Hashable {
  /// The answer ends when an end-of-generation token is chosen from the fused distribution.
  case chosen
  /// The answer ends then, and also as soon as the members' weighted mean probability of ending it reaches a share: for
  /// main models that do not know when to stop.
  case agreed(share: Double)
}

/// A rule that chooses a token from a distribution.
public struct Sampling: Sendable, Hashable {
  /// The divisor of the logits; 0 chooses the likeliest token.
  public var temperature: Float
  /// Keep only this many of the likeliest tokens.
  public var topK: Int?
  /// Keep only the likeliest tokens that together reach this probability.
  public var topP: Float?
  /// Keep only tokens with at least this share of the likeliest token's probability.
  public var minP: Float?
  /// The seed of the random numbers; `nil` for a different answer each time.
  public var seed: UInt64?

  /// Creates a sampling rule. The filters apply after the temperature, in the order top-k, top-p, min-p.
  public init(
    temperature: Float = 1, topK: Int? = nil, topP: Float? = nil, minP: Float? = nil, seed: UInt64? = nil
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.seed = seed
  }

  /// The likeliest token; ties go to the lowest identifier.
  public static let greedy = Sampling(temperature: 0)
}

extension ResponseOptions {
  /// Checks that every value can be used, as the first step of an answer does.
  ///
  /// - Throws: ``EnsembleError`` with the code `invalidOptions` that names the value.
  public func validate() throws {
    func require(_ holds: Bool, _ problem: String, _ remedy: String) throws {
      if !holds { throw EnsembleError(.invalidOptions, problem, remedy: remedy) }
    }
    try require(maximumTokens > 0, "maximumTokens is \(maximumTokens)", "Ask for at least one token.")
    try require(candidateCount >= 0, "candidateCount is \(candidateCount)", "Ask for 0 or more candidates.")
    try require(
      sampling.temperature >= 0 && sampling.temperature.isFinite, "the temperature is \(sampling.temperature)",
      "Use 0 for the likeliest token, or a positive number.")
    try require(sampling.topK.map { $0 > 0 } ?? true, "topK is \(sampling.topK ?? 0)", "Keep at least one token.")
    try require(
      sampling.topP.map { $0 > 0 && $0 <= 1 } ?? true, "topP is \(sampling.topP ?? 0)",
      "Use a probability above 0 and up to 1.")
    try require(
      sampling.minP.map { $0 >= 0 && $0 <= 1 } ?? true, "minP is \(sampling.minP ?? 0)",
      "Use a share from 0 to 1.")
    if case .agreed(let share) = ending {
      try require(share > 0 && share <= 1, "the share of agreement is \(share)", "Use a share above 0 and up to 1.")
    }
    try require(!stop.contains(""), "a stop text is empty", "Leave it out: an empty text would end every answer.")
  }
}
