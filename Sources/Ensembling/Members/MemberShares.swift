/// How members that have a part in a step share it.
enum MemberShares {
  /// The members' weights in a step in which some have no part: those of the others, divided by their sum. The main model
  /// has all of it where no other member with a weight is left.
  static func shares(of weights: [Float], present: [Bool]) -> [Float] {
    let kept = zip(weights, present).map { $1 ? $0 : 0 }
    let sum = kept.reduce(0, +)
    // Weights with the sum 1, but for rounding, stay as they are.
    if abs(sum - 1) <= 1e-6 { return kept }
    return sum > 0 ? kept.map { $0 / sum } : weights.indices.map { $0 == 0 ? 1 : 0 }
  }
}
