import InverseSearch
import LinearAlgebra

extension DeePEnFusion: BoundedFusion {
  /// Whether the search cannot reach another choice, whatever the assistants say.
  ///
  /// The published search moves logits by no more than a bound that follows from its settings; other searches have no bound
  /// here, so that the answer is `false`.
  ///
  /// - Complexity: O(V).
  public func keepsMainChoice(_ main: [Float], with assistants: [[Float]?]) -> Bool {
    guard let search = search as? AdamWSearch, let reach = search.reach, main.count > 1 else { return false }
    let likeliest = topK(2, of: main)
    let (first, second) = (Double(main[likeliest[0]]), Double(main[likeliest[1]]))
    guard second > -.infinity else { return true }
    // Single precision rounds each of the steps.
    let rounding = 1e-6 * Double(search.steps + 1) * max(abs(first), abs(second), 1)
    return reach.shrink * (first - second) > 2 * reach.distance + rounding
  }
}
