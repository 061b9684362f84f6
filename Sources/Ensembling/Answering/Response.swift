import LinearAlgebra
public import ModelBackends

/// The reason why an answer ended.
public enum StopReason: String, Sendable, Hashable {
  /// The model ended it, the members together did, or a stop text did.
  case stop
  /// The limit on tokens or a member's context was reached.
  case length
  /// The task was cancelled.
  case cancelled
}

/// A token of a streamed answer.
public struct GeneratedToken: Sendable, Hashable {
  /// The text that can now be shown. Empty while a character or a possible stop text is incomplete.
  public var text: String
  /// The chosen token of the main model; `nil` in a last element that only releases held-back text.
  public var token: TokenID?
  /// The token's bytes; none where it is an end-of-generation token. Of a token in which a stop text begins, only the
  /// bytes before the stop text belong to the answer.
  public var bytes: [UInt8]
  /// The natural logarithm of the token's probability in the fused distribution, before sampling filters.
  public var logProbability: Float
  /// The likeliest tokens of the members and of the ensemble, where they were requested.
  public var candidates: Candidates?
  /// The members' events in this step.
  public var events: [MemberEvent]

  /// Creates an element.
  package init(
    text: String, token: TokenID?, bytes: [UInt8] = [], logProbability: Float = 0, candidates: Candidates? = nil,
    events: [MemberEvent] = []
  ) {
    self.text = text
    self.token = token
    self.bytes = bytes
    self.logProbability = logProbability
    self.candidates = candidates
    self.events = events
  }

  /// The token's probability in the fused distribution, before sampling filters.
  public var probability: Float { ElementaryFunctions.exp(logProbability) }

  /// The likeliest tokens of one step, before and after fusion.
  public struct Candidates: Sendable, Hashable {
    /// Each member's own likeliest tokens, in its own vocabulary; the main model's first. Empty for a member that took
    /// no part in the step.
    public var members: [[Candidate]]
    /// The ensemble's likeliest tokens, in the main model's vocabulary.
    public var fused: [Candidate]
    /// The members' weights in the step; empty where the rule has no weights.
    public var weights: [Float]
    /// The inverse search's loss before the first step and after each one.
    public var losses: [Float]

    /// Creates a report.
    package init(members: [[Candidate]], fused: [Candidate], weights: [Float] = [], losses: [Float] = []) {
      self.members = members
      self.fused = fused
      self.weights = weights
      self.losses = losses
    }
  }

  /// A possible next token.
  public struct Candidate: Sendable, Hashable {
    /// The token.
    public var token: TokenID
    /// Its bytes.
    public var bytes: [UInt8]
    /// Whether it ends the answer.
    public var isEndOfGeneration: Bool
    /// Its probability.
    public var probability: Float

    /// Creates a candidate.
    package init(token: TokenID, bytes: [UInt8], isEndOfGeneration: Bool = false, probability: Float) {
      self.token = token
      self.bytes = bytes
      self.isEndOfGeneration = isEndOfGeneration
      self.probability = probability
    }

    /// The bytes as text; incomplete characters become U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
  }
}

/// A finished answer.
public struct Response: Sendable {
  /// The answer.
  public var text: String
  /// The main model's tokens, without an end-of-generation token; those that spell a stop text are among them.
  public var tokens: [TokenID]
  /// The reason why it ended.
  public var stopReason: StopReason
  /// Its time and work.
  public var statistics: Statistics
  /// The members' events, in order.
  public var events: [MemberEvent]

  /// Creates an answer.
  public init(
    text: String, tokens: [TokenID], stopReason: StopReason, statistics: Statistics, events: [MemberEvent] = []
  ) {
    self.text = text
    self.tokens = tokens
    self.stopReason = stopReason
    self.statistics = statistics
    self.events = events
  }
}

/// The time and work of an answer.
public struct Statistics: Sendable {
  /// The time and work of one member.
  public struct MemberStatistics: Sendable {
    /// The member's name.
    public var name: String
    /// Tokens kept, dropped and evaluated, over all steps.
    public var work = Prediction.Work()
    /// The number of steps in which the member took part.
    public var steps = 0
    /// Time in the member's forward passes.
    public var duration: Duration = .zero

    /// Creates empty statistics.
    package init(name: String) {
      self.name = name
    }

    /// Adds a step.
    mutating func add(_ work: Prediction.Work, duration: Duration) {
      steps += 1
      self.work = self.work + work
      self.duration += duration
    }
  }

  /// Each member's statistics; the main model's first.
  public var members: [MemberStatistics]
  /// The number of steps.
  public var steps = 0
  /// Time to the first token: prompts, sessions and the first step.
  public var timeToFirstToken: Duration = .zero
  /// Time from the last member's prediction to the choice of the token: fusion and search.
  public var fusionDuration: Duration = .zero
  /// Time from the first step's start to the last step's end, without the time between steps.
  public var duration: Duration = .zero

  /// Creates empty statistics of some members.
  public init(members: [MemberStatistics]) {
    self.members = members
  }

  /// Tokens per second, over all steps.
  public var tokensPerSecond: Double {
    let seconds = duration / .seconds(1)
    return seconds > 0 ? Double(steps) / seconds : 0
  }
}
