internal import LinearAlgebra

/// The weighted geometric mean r̄ ∝ Π rᵢ^αᵢ, also known as a product of experts or a logarithmic opinion pool.
///
/// A member that finds an anchor unlikely counts for more than in the mean: what all find plausible wins. It helps
/// where all members are asked at the right boundary and share the same anchors, and is far worse than the mean where
/// they do not.
///
/// No member may veto an anchor altogether: before the product, each distribution is mixed with a small share of the
/// weighted mean, rᵢ ← (1 − ε)·rᵢ + ε·Σ αⱼ·rⱼ. This leaves members that agree exactly unchanged.
public struct GeometricFusion: FusionRule, Hashable {
  /// ε, the share of the mean that is mixed into every distribution.
  public var smoothing: Float

  /// Creates the rule.
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
  /// A member with the weight zero has no influence. With one member of weight 1 the result is its distribution.
  ///
  /// - Throws: ``FusionError``, as ``MeanFusion/fuse(_:weights:)`` does, and where the product is zero everywhere
  ///   because some member has no probability anywhere.
  /// - Complexity: O(members · anchors) logarithms.
  public func fuse(_ relatives: [[Float]], weights: [Float]) throws -> [Float] {
    try MeanFusion.check(relatives, weights: weights)
    if let only = Self.only(of: relatives, weights: weights) { return only }
    return try Self.multiplying { try softmax(pool(relatives, weights: weights)) }
  }

  /// Σ αᵢ·log rᵢ, not normalised.
  public func logits(_ relatives: [[Float]], weights: [Float]) throws -> [Float] {
    try MeanFusion.check(relatives, weights: weights)
    if let only = Self.only(of: relatives, weights: weights) { return logarithms(of: only) }
    let logits = pool(relatives, weights: weights)
    _ = try Self.multiplying { try finiteMaximum(of: logits) }
    return logits
  }

  /// The one distribution with a weight, if there are no others.
  private static func only(of relatives: [[Float]], weights: [Float]) -> [Float]? {
    let counting = weights.indices.filter { weights[$0] > 0 }
    return counting.count == 1 ? relatives[counting[0]] : nil
  }

  private func pool(_ relatives: [[Float]], weights: [Float]) -> [Float] {
    logarithmicPool(relatives, weights: weights, smoothing: smoothing)
  }

  private static func multiplying<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw FusionError(
        .invalidWeights, "The members' distributions cannot be multiplied: \(error)",
        remedy: "Check that every member's distribution consists of probabilities that add up to one.")
    }
  }
}
