public import Fusion
public import InverseSearch
import LinearAlgebra
import ModelBackends
public import RelativeSpace

/// The published rule: projects into the relative space, fuses there, and searches back (arXiv 2404.12715).
///
/// ```
/// rᵢ = softmax(zᵢ)·R̂ᵢ     r̄ = Σ αᵢ rᵢ     z′ = search from z_main toward r̄
/// ```
///
/// - Complexity: O(V) for each member, and O(A·rows) for each member and for each step of the search, where the rows
///   are those of the likely tokens or the rows that they share; O(V·A) instead with ``StepPrecision/exact``.
public struct DeePEnFusion: TokenFusion {
  /// Each member's alignment with the anchors; the main model's first.
  public let alignments: [any TokenAlignment]
  /// The combination of relative distributions.
  public let combination: any FusionRule
  /// The search for the main model's closest distribution.
  public let search: any InverseSearch
  /// The change of the weights from step to step.
  public let weighting: any StepWeighting
  /// The precision of a step. Alignments that cannot be narrowed are always used in full.
  public let precision: StepPrecision
  /// The anchor of each token of a member, −1 for none; `nil` where that is not known.
  private let anchorOfToken: [[Int32]?]

  /// Creates the rule.
  ///
  /// - Throws: `FusionError` where there is no alignment, or the alignments do not have the same number of anchors.
  public init(
    alignments: [any TokenAlignment], combination: any FusionRule = MeanFusion(),
    search: any InverseSearch = AdamWSearch(), weighting: any StepWeighting = ConstantWeighting(),
    precision: StepPrecision = .likelyTokens
  ) throws {
    guard let first = alignments.first else {
      throw FusionError(.noMembers, "There are no alignments", remedy: "Give one for each member.")
    }
    for (member, alignment) in alignments.enumerated() where alignment.anchorCount != first.anchorCount {
      throw FusionError(
        .lengthMismatch,
        "The alignment of member \(member) has \(alignment.anchorCount) anchors, that of member 0 \(first.anchorCount)",
        remedy: "Align all members with the same anchors.")
    }
    self.alignments = alignments
    self.combination = combination
    self.search = search
    self.weighting = weighting
    self.precision = precision
    anchorOfToken = alignments.map { alignment in
      alignment.anchorTokens.map { tokens in
        var anchors = [Int32](repeating: -1, count: alignment.vocabularyCount)
        for (anchor, token) in tokens.enumerated() { anchors[token] = Int32(anchor) }
        return anchors
      }
    }
  }

  /// Fuses the members' logits.
  ///
  /// Where no assistant with a weight takes part in the step, the result is the main model's own logits.
  public func fuse(_ step: Step) throws -> FusedLogits {
    try check(step)
    guard step.counting != [0] else { return step.mainAlone }
    let members = try chosenTokens(of: step)
    let relatives = try project(members)
    let (weights, target) = try combine(relatives, in: step)
    let found = try search.search(members[0].start(at: relatives[0], toward: target))
    let logits = try members[0].spread(found.logits, over: step.main)
    return FusedLogits(
      logits: logits, weights: step.weights(of: step.counting, weights), losses: found.losses,
      errorBound: zip(members, weights).reduce(0) { $0 + $1.0.errorBound * $1.1 })
  }

  /// Computes the members' fused relative distribution r̄, `[A]`: the target of a step's search.
  ///
  /// - Throws: The errors of ``fuse(_:)`` before it searches.
  public func relativeDistribution(of step: Step) throws -> [Float] {
    try check(step)
    return try combine(project(chosenTokens(of: step)), in: step).target
  }

  /// Checks that there are an alignment for each member and a row for each of its logits.
  private func check(_ step: Step) throws {
    try FusionError.check(step, memberCount: alignments.count)
    for (member, alignment) in alignments.enumerated() {
      try FusionError.check(step.logits[member], ofMember: member, through: alignment)
    }
  }

  /// The tokens of each member that take part: its likely ones, or all of them.
  private func chosenTokens(of step: Step) throws -> [StepMember] {
    let likely = try likelyTokens(of: step)
    let wanted = wantedTokens(of: step, likely)
    return try Self.concurrently(likely.count) { index in
      let member = step.counting[index]
      let wanted = member == 0 ? wanted : []
      return try likely[index].flatMap {
        try StepMember(member, of: step, likely: $0, and: wanted, through: alignments[member])
      } ?? StepMember(member, of: step, through: alignments[member])
    }
  }

  /// rᵢ = pᵢ·R̂ᵢ for each member, `[A]`.
  private func project(_ members: [StepMember]) throws -> [[Float]] {
    try members.map { member in
      let relative = member.alignment.project(member.probabilities)
      try FusionError.check(relative, ofMember: member.index)
      return relative
    }
  }

  /// The weights of the members that count, and r̄ = Σ αᵢ·rᵢ or another combination, `[A]`.
  private func combine(_ relatives: [[Float]], in step: Step) throws -> (weights: [Float], target: [Float]) {
    let weights = try weighting.weights(in: step, relatives: relatives)
    return (weights, try combination.fuse(relatives, weights: weights))
  }

  /// The likely tokens of the members that count; `nil` where all tokens take part.
  private func likelyTokens(of step: Step) throws -> [LikelyTokens?] {
    let counting = step.counting
    guard case .likelyTokens(let bounds) = precision else { return counting.map { _ in nil } }
    return try Self.concurrently(counting.count) { index in
      guard alignments[counting[index]].isNarrowable else { return nil }
      return try LikelyTokens(of: counting[index], in: step, bounds: bounds)
    }
  }

  /// Computes a result for each of some members, at the same time.
  private static func concurrently<Value: Sendable>(
    _ count: Int, _ compute: @Sendable (_ index: Int) throws -> Value
  ) throws -> [Value] {
    try Workers.all.map(count) { index in Result { try compute(index) } }.map { try $0.get() }
  }

  /// The main model's tokens that assistants find likely, ascending: a search that moves far may raise them from zero.
  private func wantedTokens(of step: Step, _ likely: [LikelyTokens?]) -> [TokenID] {
    guard let tokenOfAnchor = alignments[0].anchorTokens, likely[0] != nil else { return [] }
    var wanted: Set<TokenID> = []
    for (member, likely) in zip(step.counting, likely).dropFirst() {
      guard let likely = likely?.softmax, let anchors = anchorOfToken[member] else { continue }
      for (token, probability) in zip(likely.indices, likely.probabilities) where probability >= Self.leastWanted {
        if anchors[token] >= 0 { wanted.insert(tokenOfAnchor[Int(anchors[token])]) }
      }
    }
    return wanted.sorted()
  }

  /// The least probability of a token for an assistant at which it takes part on the main model's side.
  private static let leastWanted: Float = 1e-3
}
