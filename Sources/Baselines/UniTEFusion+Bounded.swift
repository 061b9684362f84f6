public import Ensembling
internal import LinearAlgebra

extension UniTEFusion: BoundedFusion {
  /// Whether the main model's choice has the highest score in the union.
  ///
  /// Fusion lets the best of the union win, whatever lies outside, so that the scores, which this computes as fusion does,
  /// decide. It asks for a lead of one part in a thousand, over the union and over tokens outside it.
  ///
  /// - Complexity: O(V) for each member and the union's look-ups; what is saved is placing the scores among all V tokens.
  public func keepsMainChoice(_ main: [Float], with assistants: [[Float]?]) -> Bool {
    let logits = [main] + assistants
    guard logits.count == weights.count, main.count > 1 else { return false }
    let leaders = LinearAlgebra.topK(2, of: main)
    let choice = leaders[0]
    let shares = MemberShares.shares(of: weights, present: logits.map { $0 != nil })
    let counting = logits.indices.filter { logits[$0] != nil && shares[$0] > 0 }
    // With no assistant, fusion answers with the main model's logits.
    guard counting != [0] else { return main[choice] > main[leaders[1]] }
    guard let distributions = try? logits.map({ try $0.map { try softmax($0) } }),
      let own = distributions[0]
    else { return false }
    let union = Set(counting.flatMap { likeliest(of: distributions[$0] ?? [], member: $0) })
    guard let scores = scores(of: Array(union), counting, distributions, shares), let best = scores[choice], best > 0,
      scores.allSatisfy({ $0.key == choice || $0.value < 0.999 * best })
    else { return false }
    let covered = scores.keys.reduce(0) { $0 + Double(own[$1]) }
    let limit = Float(0.999 * best * covered)
    return covered > 0 && !own.indices.contains { own[$0] >= limit && scores[$0] == nil }
  }
}
