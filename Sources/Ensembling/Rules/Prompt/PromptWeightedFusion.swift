public import Fusion
public import ModelBackends

/// A rule that is made ready for each answer by how likely every member finds its prompt.
public protocol PromptDependentFusion: TokenFusion {
  /// The rule for one answer, before its first step.
  ///
  /// - Parameter scores: Each member's score of its prompt, the main model's first; `nil` for one that has no part in the
  ///   answer.
  func prepared(for scores: [PromptScore?]) throws -> any TokenFusion
}

/// A rule in which members count by weights that can be set anew.
public protocol WeightedFusion: TokenFusion {
  /// The members' weights, the main model's first: not negative, with the sum 1, and always as many.
  var weights: [Float] { get set }
}

/// A rule whose weights follow from how well each member predicts the prompt (``RenderedPromptWeightedRule``).
public struct PromptWeightedFusion: PromptDependentFusion {
  /// The rule, with the weights that the members have before they are judged.
  public let base: any WeightedFusion
  /// How a member's score becomes its weight.
  public let weighting: PerplexityWeighting
  /// A member whose prompt has fewer bytes that can be judged keeps its weight.
  public let minimumBytes: Int

  /// What each member usually needs for a byte of a prompt, which is taken off; empty for nothing.
  public let usualBitsPerByte: [Double]

  /// Makes the rule.
  ///
  /// - Precondition: As many usual figures as weights, or none.
  public init(
    _ base: any WeightedFusion, weighting: PerplexityWeighting, usualBitsPerByte: [Double] = [], minimumBytes: Int = 16
  ) {
    precondition(
      usualBitsPerByte.isEmpty || usualBitsPerByte.count == base.weights.count,
      "\(base.weights.count) members do not have \(usualBitsPerByte.count) usual figures.")
    self.base = base
    self.weighting = weighting
    self.usualBitsPerByte = usualBitsPerByte
    self.minimumBytes = minimumBytes
  }

  /// The base rule with the weights for one answer.
  public func prepared(for scores: [PromptScore?]) -> any TokenFusion {
    let bits = scores.enumerated().map { member, score -> Double? in
      guard let score, score.byteCount >= minimumBytes, let bits = score.bitsPerByte else { return nil }
      return usualBitsPerByte.isEmpty ? bits : bits - usualBitsPerByte[member]
    }
    var fusion = base
    fusion.weights = weighting.weights(base.weights, bitsPerByte: bits)
    return fusion
  }

  /// Always throws: without the members' scores of a prompt there are no weights.
  ///
  /// - Throws: ``EnsembleError`` with the code `unsupported`.
  public func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    throw EnsembleError(
      .unsupported, "weights by the prompt need the members' scores of it, and were given logits alone",
      remedy: "Let what holds this rule prepare it for each answer (PromptDependentFusion).")
  }
}
