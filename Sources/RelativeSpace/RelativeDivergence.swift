internal import LinearAlgebra

/// The divergence of a token distribution from a target in the relative space, with its gradient.
public struct RelativeDivergence: Sendable, Hashable {
  /// KL(r̄ ‖ q) = Σ r̄·log(r̄/q) for q = p·R̂.
  public var loss: Float
  /// ∂KL/∂p plus one, `[V]`: R̂·((q − r̄)/q).
  ///
  /// The gradient is −R̂·(r̄/q). Since rows of R̂ add up to one, this is the same plus the constant one, which changes
  /// no distribution; but it is exactly zero where q already equals the target.
  public var gradient: [Float]

  /// Creates a divergence.
  public init(loss: Float, gradient: [Float]) {
    self.loss = loss
    self.gradient = gradient
  }

  /// The lower bound of q in the divergence: a smaller q is replaced by it, so that loss and gradient stay finite.
  public static let floor = Float.leastNormalMagnitude
}

extension TokenAlignment {
  /// KL(r̄ ‖ p·R̂) and its gradient with respect to p: a projection and a pull-back.
  public func divergence(of distribution: [Float], toward target: [Float]) -> RelativeDivergence {
    divergence(ofProjected: project(distribution), toward: target)
  }

  /// The same, for a distribution whose projection p·R̂ is known: a pull-back.
  public func divergence(ofProjected relative: [Float], toward target: [Float]) -> RelativeDivergence {
    let floor = RelativeDivergence.floor
    return RelativeDivergence(
      loss: Float(klDivergence(target, relative, floor: floor)),
      gradient: pullBack(divergenceGradient(of: target, from: relative, floor: floor)))
  }

  /// KL(r̄ ‖ p·R̂) alone.
  public func loss(of distribution: [Float], toward target: [Float]) -> Float {
    Float(klDivergence(target, project(distribution), floor: RelativeDivergence.floor))
  }
}
