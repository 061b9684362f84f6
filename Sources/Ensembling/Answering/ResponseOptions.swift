/// How an answer is generated.
public struct ResponseOptions: Sendable, Hashable {
  /// How the next token is chosen from the fused distribution.
  public var sampling: Sampling
  /// After how many tokens of the main model to stop.
  public var maximumTokens: Int
  /// Texts that end the answer; they are not part of it.
  public var stop: [String]
  /// When the members end the answer.
  public var ending: Ending
  /// How many of the likeliest tokens to report at each step, for each member and for the ensemble; 0 for none.
  public var candidateCount: Int

  /// Makes options: greedy, at most 256 tokens.
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

/// When the members end an answer.
public enum Ending: Sendable, Hashable {
  /// When a token that ends a generation is chosen from the fused distribution.
  case chosen
  /// Then, and also as soon as the members' mean probability of ending the answer reaches a share, each member counted
  /// with its weight: for main models that do not know when to stop.
  case agreed(share: Double)
}

/// How a token is chosen from a distribution.
public struct Sampling: Sendable, Hashable {
  /// What logits are divided by; 0 chooses the likeliest token.
  public var temperature: Float
  /// Keep only this many of the likeliest tokens.
  public var topK: Int?
  /// Keep only the likeliest tokens that together reach this probability.
  public var topP: Float?
  /// Keep only tokens with at least this share of the likeliest token's probability.
  public var minP: Float?
  /// Where the random numbers start; `nil` for a different answer each time.
  public var seed: UInt64?

  /// Makes a choice rule. The filters apply after the temperature, in the order top-k, top-p, min-p.
  public init(
    temperature: Float = 1, topK: Int? = nil, topP: Float? = nil, minP: Float? = nil, seed: UInt64? = nil
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.seed = seed
  }

  /// The likeliest token; of equals the one with the lowest id.
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
