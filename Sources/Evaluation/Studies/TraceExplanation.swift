/// Why an ensemble's answer left the right one, with the numbers of the step in which it did.
public struct TraceExplanation: Sendable, Hashable {
  /// What happened in the step.
  public enum Cause: String, Sendable, Hashable, CaseIterable {
    /// The ensemble ended its answer before the right one was complete.
    case endedTooEarly = "ended too early"
    /// The right answer was complete, and the ensemble went on.
    case endedTooLate = "ended too late"
    /// The main model alone would have gone on rightly.
    case mainOverruled = "the main model was right and was overruled"
    /// No member's likeliest token went on rightly.
    case nobodyRight = "no member was right"
    /// The token with which an assistant goes on rightly is none of the main model's.
    case tokenBoundary = "the right token is none of the main model's"
    /// An assistant was right; the main model was wrong and sure of it.
    case mainSureAndWrong = "the main model was sure and wrong"
    /// An assistant was right, and the members' weighted mean was not.
    case assistantsOutvoted = "the assistants that were right were outvoted"
    /// The members' weighted mean was right, and the fused distribution was not.
    case searchTooSmall = "the search moved too little"
  }

  /// What a member said in the step.
  public struct Opinion: Sendable, Hashable {
    /// The member's name.
    public var member: String
    /// Its likeliest token as text; `nil` for the end of the answer, or where it had no part.
    public var likeliest: String?
    /// That token's probability.
    public var probability: Float
    /// The probability of its reported candidates that go on rightly, added up.
    public var rightProbability: Float
    /// Whether its likeliest token goes on rightly.
    public var isRight: Bool
    /// How much it counted.
    public var weight: Float
  }

  /// The step, from 0.
  public var step: Int
  /// The answer up to the step.
  public var textBefore: String
  /// What the ensemble chose; empty for the end of the answer.
  public var chosen: String
  /// How the right answer goes on.
  public var rightRest: String
  /// The chosen token's probability in the fused distribution.
  public var chosenProbability: Float
  /// The members, the main model first.
  public var opinions: [Opinion]
  /// The inverse search's loss before the first and after each step.
  public var losses: [Float]
  /// What happened.
  public var cause: Cause
}
