internal import LinearAlgebra

/// A rule that combines the members' distributions over the anchors.
public protocol FusionRule: Sendable {
  /// The rule's name in tables; the type's name by default.
  var name: String { get }

  /// Combines relative distributions, `[members × anchors] → [anchors]`.
  ///
  /// - Parameters:
  ///   - relatives: One relative distribution per member, all of the same length.
  ///   - weights: One weight per member, as ``MemberWeights/weights(memberCount:)`` computes them: not negative, their
  ///     sum one.
  /// - Throws: ``FusionError`` where numbers of members, lengths or weights do not fit.
  func fuse(_ relatives: [[Float]], weights: [Float]) throws -> [Float]

  /// Logits whose softmax is the result of ``fuse(_:weights:)``, `[members × n] → [n]`.
  ///
  /// The logarithms of that result, unless a rule computes logits first.
  ///
  /// - Throws: The same errors.
  func logits(_ relatives: [[Float]], weights: [Float]) throws -> [Float]
}

extension FusionRule {
  /// The type's name.
  public var name: String { "\(Self.self)" }

  /// The logarithms of the combined distribution.
  public func logits(_ relatives: [[Float]], weights: [Float]) throws -> [Float] {
    logarithms(of: try fuse(relatives, weights: weights))
  }
}

/// The weighted mean r̄ = Σ αᵢ·rᵢ (arXiv 2404.12715).
public struct MeanFusion: FusionRule, Hashable {
  /// Creates the rule.
  public init() {}

  /// "mean".
  public var name: String { "mean" }

  /// Σ αᵢ·rᵢ.
  ///
  /// A member with the weight zero has no influence. The order of members matters only as far as rounding does.
  ///
  /// - Throws: ``FusionError`` where there are no members, numbers or lengths differ, or weights are not finite,
  ///   negative or not of the sum one.
  /// - Complexity: O(members · anchors).
  public func fuse(_ relatives: [[Float]], weights: [Float]) throws -> [Float] {
    try Self.check(relatives, weights: weights)
    return weightedSum(relatives, weights: weights)
  }

  /// Checks that there are members, all of the same length, with weights that add up to one.
  static func check(_ relatives: [[Float]], weights: [Float]) throws {
    guard let first = relatives.first else {
      throw FusionError(.noMembers, "There is nothing to combine", remedy: "Give at least one member.")
    }
    try MemberWeights.check(weights, memberCount: relatives.count)
    let sum = weights.reduce(0, +)
    guard abs(sum - 1) <= 1e-3 else {
      throw FusionError(
        .invalidWeights, "The weights \(weights) add up to \(sum), not to one",
        remedy: "Divide them by their sum, as MemberWeights does."
      )
    }
    for (member, relative) in relatives.enumerated() where relative.count != first.count {
      throw FusionError(
        .lengthMismatch, "Member \(member) speaks of \(relative.count) anchors, member 0 of \(first.count)",
        remedy: "Align all members with the same anchors."
      )
    }
  }
}
