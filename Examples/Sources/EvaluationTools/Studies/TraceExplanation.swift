/// The reason why an ensemble's answer left the right one, with the figures of the step in which it did.
package struct TraceExplanation: Sendable, Hashable {
  /// The cause of a wrong step.
  package enum Cause: String, Sendable, Hashable, CaseIterable {
    /// The ensemble ended its answer before the right one was complete.
    case endedTooEarly = "ended too early"
    /// The right answer was complete, and the ensemble continued.
    case endedTooLate = "ended too late"
    /// The main model alone would have continued rightly.
    case mainOverruled = "the main model was right and was overruled"
    /// No member's likeliest token continued rightly.
    case nobodyRight = "no member was right"
    /// The token with which an assistant continues rightly is not in the main model's vocabulary.
    case tokenBoundary = "the right token is none of the main model's"
    /// An assistant was right; the main model was wrong and sure of it.
    case mainSureAndWrong = "the main model was sure and wrong"
    /// An assistant was right, and the members' weighted mean was not.
    case assistantsOutvoted = "the assistants that were right were outvoted"
    /// The members' weighted mean was right, and the fused distribution was not.
    case searchTooSmall = "the search moved too little"
  }

  /// A member's opinion in the step.
  package struct Opinion: Sendable, Hashable {
    /// The member's name.
    package var member: String
    /// Its likeliest token as text; `nil` for the end of the answer, or where it took no part.
    package var likeliest: String?
    /// That token's probability.
    package var probability: Float
    /// The summed probability of its reported candidates that continue rightly.
    package var rightProbability: Float
    /// Whether its likeliest token continues rightly.
    package var isRight: Bool
    /// The member's weight.
    package var weight: Float
  }

  /// The step, from 0.
  package var step: Int
  /// The answer up to the step.
  package var textBefore: String
  /// The ensemble's choice; empty for the end of the answer.
  package var chosen: String
  /// The continuation of the right answer.
  package var rightRest: String
  /// The chosen token's probability in the fused distribution.
  package var chosenProbability: Float
  /// The members, the main model first.
  package var opinions: [Opinion]
  /// The inverse search's loss before the first and after each step.
  package var losses: [Float]
  /// The cause.
  package var cause: Cause
}
