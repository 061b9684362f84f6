internal import LinearAlgebra

/// How far a distribution of tokens is from a target in the relative space, and which way leads there.
public struct RelativeDivergence: Sendable, Hashable {
  /// KL(r̄ ‖ q) = Σ r̄·log(r̄/q) for q = p·R̂.
  public var loss: Float
  /// ∂KL/∂p plus one, `[V]`: R̂·((q − r̄)/q).
  ///
  /// The gradient is −R̂·(r̄/q). Since rows of R̂ add up to one, this is the same plus the constant one, which changes no
  /// distribution; but it is exactly zero where q is the target already.
  public var gradient: [Float]

  /// Makes an answer.
  public init(loss: Float, gradient: [Float]) {
    self.loss = loss
    self.gradient = gradient
  }

  /// The smallest q that counts as more than nothing: where q is smaller, this stands for it, so that loss and gradient
  /// stay finite.
  public static let floor = Float.leastNormalMagnitude
}

extension TokenAlignment {
  /// KL(r̄ ‖ p·R̂) and its gradient with regard to p: a projection and a pull-back.
  public func divergence(of distribution: [Float], toward target: [Float]) -> RelativeDivergence {
    divergence(ofProjected: project(distribution), toward: target)
  }

  /// The same, of a distribution whose projection p·R̂ is known: a pull-back.
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
