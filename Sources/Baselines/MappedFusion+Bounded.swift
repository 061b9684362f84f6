public import Ensembling
internal import Fusion
internal import LinearAlgebra

extension MappedFusion: BoundedFusion {
  /// Whether the mean over the main model's tokens cannot have another maximum.
  ///
  /// Below the threshold's reach nothing is fused. Otherwise with sᵢ, what assistant i gives to tokens that stand for the
  /// choice t, no other token can have more of it than 1 − sᵢ, so that α₀·(p(t) − p₂) + Σ αᵢ·(2·sᵢ − 1) > 0 is enough. What is
  /// left out because it stands for nothing only makes the others larger: both sides are divided by the same sum.
  ///
  /// - Complexity: A softmax for each member and a pass over each map; no logarithms.
  public func keepsMainChoice(_ main: [Float], with assistants: [[Float]?]) -> Bool {
    let shares = MemberShares.shares(of: weights, present: [true] + assistants.map { $0 != nil })
    guard assistants.count == maps.count, var proof = ChoiceProof(main, weight: shares[0]) else { return false }
    // Fusion leaves the main model alone there, so that the choice is the main model's.
    if let threshold, proof.probability >= threshold { return true }
    for (index, assistant) in assistants.enumerated() {
      guard let assistant, shares[index + 1] > 0 else { continue }
      guard
        proof.add(assistant, weight: shares[index + 1], places: maps[index], place: Int32(proof.token), part: nil)
      else { return false }
    }
    return proof.holds(for: MeanFusion())
  }
}
