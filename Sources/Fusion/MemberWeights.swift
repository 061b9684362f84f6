internal import LinearAlgebra

/// The members' weights.
public enum MemberWeights: Sendable, Hashable {
  /// All members have the same weight, αᵢ = 1/N: DeePEn-Avg.
  case average
  /// Given weights, one per member; they are divided by their sum.
  case fixed([Float])
  /// Weights from the members' scores on a development set: DeePEn-Adapt.
  case adaptive(scores: [Float], rule: ScoreRule = .proportional)

  /// Computes the members' weights: finite, not negative, with the sum one.
  ///
  /// - Throws: ``FusionError`` where there are no members or weights cannot be computed for all of them.
  public func weights(memberCount: Int) throws -> [Float] {
    guard memberCount > 0 else {
      throw FusionError(.noMembers, "There are no members to weigh", remedy: "Give at least one member.")
    }
    switch self {
    case .average:
      return Array(repeating: 1 / Float(memberCount), count: memberCount)
    case .fixed(let weights):
      try Self.check(weights, memberCount: memberCount)
      return Self.normalised(weights)
    case .adaptive(let scores, let rule):
      guard scores.count == memberCount else {
        throw FusionError(
          .invalidScores, "There are \(scores.count) scores for \(memberCount) members",
          remedy: "Give one development score a member."
        )
      }
      return try rule.weights(from: scores)
    }
  }

  /// Checks that there is a weight for each member: finite, not negative, and not all zero.
  package static func check(_ weights: [Float], memberCount: Int) throws {
    guard weights.count == memberCount else {
      throw FusionError(
        .invalidWeights, "The number of weights is \(weights.count), for \(memberCount) members",
        remedy: "Give one weight a member."
      )
    }
    for (member, weight) in weights.enumerated() where !weight.isFinite || weight < 0 {
      throw FusionError(
        .invalidWeights, "Weight \(member + 1) of \(memberCount) is \(weight)",
        remedy: "Use finite weights that are zero or larger."
      )
    }
    guard weights.contains(where: { $0 > 0 }) else {
      throw FusionError(
        .invalidWeights, "All weights are zero", remedy: "Give at least one member a weight above zero.")
    }
  }

  /// Weights divided by their sum, which is computed in double precision so that it cannot overflow.
  static func normalised(_ weights: [Float]) -> [Float] {
    let sum = weights.reduce(0) { $0 + Double($1) }
    return weights.map { Float(Double($0) / sum) }
  }
}

/// A rule that converts development-set scores to weights.
public enum ScoreRule: Sendable, Hashable {
  /// αᵢ = sᵢ / Σ sⱼ: twice the score is twice the weight.
  case proportional
  /// αᵢ = exp(sᵢ/t) / Σ exp(sⱼ/t): a low temperature t favours the best member. Scores may be negative, such as
  /// log-likelihoods.
  case softmax(temperature: Float)

  /// Computes the weights for some scores, larger scores being better; their sum is one.
  ///
  /// - Throws: ``FusionError`` where a score is not finite, where the proportional rule gets a negative score or only
  ///   zeros, or where the temperature is not positive.
  package func weights(from scores: [Float]) throws -> [Float] {
    guard !scores.isEmpty else {
      throw FusionError(.noMembers, "There are no scores", remedy: "Give one development score a member.")
    }
    for (member, score) in scores.enumerated() where !score.isFinite {
      throw FusionError(
        .invalidScores, "The score of member \(member) is \(score)", remedy: "Measure a finite score for it.")
    }
    switch self {
    case .proportional:
      for (member, score) in scores.enumerated() where score < 0 {
        throw FusionError(
          .invalidScores, "The score of member \(member) is \(score), which cannot be a proportion",
          remedy: "Use the softmax rule for scores that can be negative."
        )
      }
      guard scores.contains(where: { $0 > 0 }) else {
        throw FusionError(
          .invalidScores, "All scores are zero, which says nothing about the members",
          remedy: "Use average weights or a development set on which a member succeeds."
        )
      }
      return MemberWeights.normalised(scores)
    case .softmax(let temperature):
      guard temperature.isFinite, temperature > 0 else {
        throw FusionError(
          .invalidScores, "The temperature \(temperature) is not a positive number",
          remedy: "Use a temperature on the scale of the differences between scores."
        )
      }
      // Differences from the best score, so that a small temperature cannot overflow.
      let best = scores.reduce(-.infinity, max)
      return try LinearAlgebra.softmax(scores.map { ($0 - best) / temperature })
    }
  }
}
