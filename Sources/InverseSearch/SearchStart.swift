internal import LinearAlgebra
public import RelativeSpace
internal import Synchronization

/// The start and the target of a search: all that an ``InverseSearch`` needs.
///
/// The softmax p and the projection p·R̂ are computed at most once, or passed in by a rule that knows them: with a
/// dense alignment a projection is as much work as half a step.
public struct SearchStart: Sendable {
  /// The main model's logits, `[V]`. A token with the logit −∞ has no probability and gets none.
  public let logits: [Float]
  /// Their softmax p, `[V]`.
  public let probabilities: [Float]
  /// The fused relative distribution r̄, `[A]`.
  public let target: [Float]
  /// The main model's R̂, `[V × A]`.
  public let alignment: any TokenAlignment
  private let projection: Projection

  /// Creates a start.
  ///
  /// - Parameters:
  ///   - logits: The main model's logits, `[V]`.
  ///   - probabilities: Their softmax, where it is known; `nil` to compute it.
  ///   - relative: Its projection p·R̂, where it is known.
  ///   - target: The fused relative distribution r̄, `[A]`.
  ///   - alignment: The main model's R̂, `[V × A]`.
  /// - Throws: ``InverseSearchError`` where lengths do not fit, the target is not a distribution, or the logits have no
  ///   softmax.
  public init(
    logits: [Float], probabilities: [Float]? = nil, relative: [Float]? = nil, target: [Float],
    alignment: any TokenAlignment
  ) throws {
    try Self.check(logits: logits, target: target, alignment: alignment)
    guard probabilities?.count ?? logits.count == logits.count, relative?.count ?? target.count == target.count else {
      throw InverseSearchError(
        .lengthMismatch, "The known softmax or projection has another length than the logits or the target",
        remedy: "Hand in the softmax of these logits and its projection through this alignment.")
    }
    self.logits = logits
    self.target = target
    self.alignment = alignment
    self.probabilities = try probabilities ?? Self.softmax(of: logits)
    projection = Projection(relative)
  }

  /// p·R̂, `[A]`.
  public var relative: [Float] { projection.value { alignment.project(probabilities) } }

  /// KL(r̄ ‖ p·R̂) at the start.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidAlignment` where the alignment's numbers make it
  ///   non-finite.
  public func loss() throws -> Float {
    try checked(projection.known.map { loss(ofProjected: $0) } ?? loss(of: probabilities))
  }

  /// KL(r̄ ‖ p·R̂) and its gradient at the start.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidAlignment` where the loss is not finite.
  public func divergence() throws -> RelativeDivergence {
    let found =
      projection.known.map { alignment.divergence(ofProjected: $0, toward: target) } ?? divergence(of: probabilities)
    _ = try checked(found.loss)
    return found
  }

  /// KL(r̄ ‖ p′·R̂) for another distribution p′, `[V]`.
  public func loss(of distribution: [Float]) -> Float { alignment.loss(of: distribution, toward: target) }

  /// KL(r̄ ‖ p′·R̂) and its gradient for another distribution p′, `[V]`.
  public func divergence(of distribution: [Float]) -> RelativeDivergence {
    alignment.divergence(of: distribution, toward: target)
  }

  /// KL(r̄ ‖ q) for a relative distribution q, `[A]`.
  public func loss(ofProjected relative: [Float]) -> Float {
    Float(klDivergence(target, relative, floor: RelativeDivergence.floor))
  }
}

/// A projection that is computed on first use.
private final class Projection: Sendable {
  private let memory: Mutex<[Float]?>

  init(_ known: [Float]?) {
    memory = Mutex(known)
  }

  /// The projection, where it was computed or passed in.
  var known: [Float]? { memory.withLock(\.self) }

  func value(_ compute: () -> [Float]) -> [Float] {
    memory.withLock { memory in
      let value = memory ?? compute()
      memory = value
      return value
    }
  }
}
