import Fusion
import InverseSearch
import LinearAlgebra
import RelativeSpace

extension DeePEnFusion: BoundedFusion {
  /// Whether the search cannot reach another choice.
  ///
  /// The published search moves logits by no more than a bound that follows from its settings, whatever the assistants
  /// say. One full step of `EMSearch` through byte prefixes is bounded by what the members give to the choice's anchor,
  /// with mean or geometric combination and weights that stay the same (`ChoiceProof`). Other searches have no bound
  /// here, so that the answer is `false`.
  ///
  /// - Complexity: O(V), with the published search of the main model alone; else with a softmax for each member.
  public func keepsMainChoice(_ main: [Float], with assistants: [[Float]?]) -> Bool {
    switch search {
    case let search as AdamWSearch: isOutOfReach(main, of: search)
    case let search as EMSearch where search.isExactForSingleOnes: isOutvotedByNone(main, assistants)
    default: false
    }
  }

  private func isOutOfReach(_ main: [Float], of search: AdamWSearch) -> Bool {
    guard let reach = search.reach, main.count > 1 else { return false }
    let likeliest = topK(2, of: main)
    let (first, second) = (Double(main[likeliest[0]]), Double(main[likeliest[1]]))
    guard second > -.infinity else { return true }
    // Single precision rounds each of the steps.
    let rounding = 1e-6 * Double(search.steps + 1) * max(abs(first), abs(second), 1)
    return reach.shrink * (first - second) > 2 * reach.distance + rounding
  }

  private func isOutvotedByNone(_ main: [Float], _ assistants: [[Float]?]) -> Bool {
    guard weighting is ConstantWeighting, assistants.count + 1 == alignments.count,
      let ours = alignments[0] as? BytePrefixAlignment, ours.vocabularyCount == main.count
    else { return false }
    let shares = MemberShares.shares(of: weights, present: [true] + assistants.map { $0 != nil })
    guard var proof = ChoiceProof(main, weight: shares[0]) else { return false }
    let mass = proof.mass(in: ours.anchorOfToken)
    for (index, assistant) in assistants.enumerated() {
      guard let assistant, shares[index + 1] > 0 else { continue }
      guard let theirs = alignments[index + 1] as? BytePrefixAlignment,
        proof.add(
          assistant, weight: shares[index + 1], places: theirs.anchorOfToken, place: ours.anchorOfToken[proof.token],
          part: proof.part(in: ours.anchorOfToken))
      else { return false }
    }
    return proof.holds(forCommonPlacesUnder: combination, mass: mass)
  }
}
