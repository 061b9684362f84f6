import Fusion
import InverseSearch
import RelativeSpace

extension PairwiseFusion: BoundedFusion {
  /// Whether the assistants cannot overturn the main model's choice, from what each gives to the choice's anchor.
  ///
  /// Proved for byte prefixes, one full step of `EMSearch`, mean or geometric combination, and weights that stay the
  /// same (`ChoiceProof`); otherwise the answer is `false`.
  ///
  /// - Complexity: A softmax for each member and two passes over integers for each assistant; neither logarithms over
  ///   the vocabulary nor a search.
  public func keepsMainChoice(_ main: [Float], with assistants: [[Float]?]) -> Bool {
    guard weighting is ConstantWeighting, (search as? EMSearch)?.isExactForSingleOnes ?? false,
      assistants.count == pairs.count
    else { return false }
    let shares = MemberShares.shares(of: weights, present: [true] + assistants.map { $0 != nil })
    guard var proof = ChoiceProof(main, weight: shares[0]) else { return false }
    for (index, assistant) in assistants.enumerated() {
      guard let assistant, shares[index + 1] > 0 else { continue }
      guard let ours = pairs[index].main as? BytePrefixAlignment,
        let theirs = pairs[index].assistant as? BytePrefixAlignment, ours.vocabularyCount == main.count,
        proof.add(
          assistant, weight: shares[index + 1], places: theirs.anchorOfToken, place: ours.anchorOfToken[proof.token],
          part: proof.part(in: ours.anchorOfToken))
      else { return false }
    }
    return proof.holds(for: combination)
  }
}

extension EMSearch {
  /// Whether rows with a single one are moved all the way in one step.
  var isExactForSingleOnes: Bool { steps == 1 && exponent == 1 }
}
