internal import LinearAlgebra

/// The weighted geometric mean r̄ ∝ Π rᵢ^αᵢ, also known as a product of experts or a logarithmic opinion pool.
///
/// A member that thinks an anchor unlikely counts for more than in the mean: what all find plausible wins. It pays where
/// all members are asked at the right boundary and speak of the same anchors, and is far worse than the mean where they
/// are not.
///
/// No member may veto an anchor altogether: before it is multiplied, each distribution is mixed with a small share of the
/// weighted mean, rᵢ ← (1 − ε)·rᵢ + ε·Σ αⱼ·rⱼ. Members that agree are left exactly as they are by that.
public struct GeometricFusion: FusionRule, Hashable {
  /// ε, the share of the mean that is mixed into every distribution.
  public var smoothing: Float

  /// Makes the rule.
  ///
  /// - Precondition: `smoothing` is above 0 and below 1.
  public init(smoothing: Float = 1e-4) {
    precondition(smoothing > 0 && smoothing < 1, "A share of \(smoothing) cannot be mixed in.")
    self.smoothing = smoothing
  }

  /// "geometric".
  public var name: String { "geometric" }

  /// The normalised Π rᵢ^αᵢ.
  ///
  /// A member with the weight zero has no influence. With one member of weight 1 the result is what it says.
  ///
  /// - Throws: ``FusionError``, as ``MeanFusion/fuse(_:weights:)`` does, and where nothing is left to be normalised because
  ///   some member has no probability anywhere.
  /// - Complexity: O(members · anchors) logarithms.
  public func fuse(_ relatives: [[Float]], weights: [Float]) throws -> [Float] {
    let mean = try MeanFusion().fuse(relatives, weights: weights)
    let counting = weights.indices.filter { weights[$0] > 0 }
    if counting.count == 1 { return relatives[counting[0]] }
    var logarithms = [Float](repeating: 0, count: mean.count)
    for member in counting {
      let (weight, relative) = (weights[member], relatives[member])
      for anchor in logarithms.indices {
        let mixed = (1 - smoothing) * relative[anchor] + smoothing * mean[anchor]
        logarithms[anchor] += weight * ElementaryFunctions.log(mixed)
      }
    }
    do {
      return try softmax(logarithms)
    } catch {
      throw FusionError(
        .invalidWeights, "The members' distributions cannot be multiplied: \(error)",
        remedy: "Check that every member's distribution is made of probabilities that add up to one.")
    }
  }
}
