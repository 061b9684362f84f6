/// The distribution of weights among the members that take part in a step.
enum MemberShares {
  /// The members' weights in a step in which some take no part: those of the others, divided by their sum. The main
  /// model has all of it where no other member with a weight remains.
  static func shares(of weights: [Float], present: [Bool]) -> [Float] {
    let kept = zip(weights, present).map { $1 ? $0 : 0 }
    let sum = kept.reduce(0, +)
    // Weights with the sum 1, up to rounding, are unchanged.
    if abs(sum - 1) <= 1e-6 { return kept }
    return sum > 0 ? kept.map { $0 / sum } : weights.indices.map { $0 == 0 ? 1 : 0 }
  }
}
