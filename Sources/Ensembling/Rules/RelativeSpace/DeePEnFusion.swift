public import Fusion
public import InverseSearch
import LinearAlgebra
import ModelBackends
public import RelativeSpace

/// The published rule: into the relative space, fuse there, search back (arXiv 2404.12715).
///
/// ```
/// rᵢ = softmax(zᵢ)·R̂ᵢ     r̄ = Σ αᵢ rᵢ     z′ = search from z_main toward r̄
/// ```
///
/// - Complexity: O(V) for each member, and O(A·rows) for each member and for each step of the search, where the rows
///   are those of the likely tokens or what they have in common; O(V·A) instead with ``StepPrecision/exact``.
public struct DeePEnFusion: WeightedFusion {
  /// Each member's way to the anchors; the main model's first.
  public let alignments: [any TokenAlignment]
  /// The members' weights αᵢ; their sum is 1.
  public var weights: [Float]
  /// How relative distributions become one.
  public let combination: any FusionRule
  /// How the main model's distribution is found that lies closest.
  public let search: any InverseSearch
  /// How the weights change from step to step.
  public let weighting: any StepWeighting
  /// How exactly a step is computed. Alignments that cannot be narrowed are always taken whole.
  public let precision: StepPrecision
  /// Which anchor each token of a member is, −1 for none; `nil` where that is not known.
  private let anchorPlaces: [[Int32]?]

  /// Makes the rule.
  ///
  /// - Throws: `FusionError` where there is no alignment, the weights are not as many, or the alignments do not have
  ///   the same number of anchors.
  public init(
    alignments: [any TokenAlignment], weights: [Float], combination: any FusionRule = MeanFusion(),
    search: any InverseSearch = AdamWSearch(), weighting: any StepWeighting = ConstantWeighting(),
    precision: StepPrecision = .likelyTokens
  ) throws {
    guard let first = alignments.first else {
      throw FusionError(.noMembers, "There are no alignments", remedy: "Give one for each member.")
    }
    try MemberWeights.check(weights, memberCount: alignments.count)
    for (member, alignment) in alignments.enumerated() where alignment.anchorCount != first.anchorCount {
      throw FusionError(
        .lengthMismatch,
        "The alignment of member \(member) has \(alignment.anchorCount) anchors, that of member 0 \(first.anchorCount)",
        remedy: "Align all members with the same anchors.")
    }
    self.alignments = alignments
    self.weights = weights
    self.combination = combination
    self.search = search
    self.weighting = weighting
    self.precision = precision
    anchorPlaces = alignments.map { alignment in
      (alignment as? any NarrowableAlignment)?.anchorTokens.map { anchors in
        var places = [Int32](repeating: -1, count: alignment.vocabularyCount)
        for (place, token) in anchors.enumerated() { places[token] = Int32(place) }
        return places
      }
    }
  }

  /// Fuses the members' logits.
  ///
  /// The weights of those that have a part in the step are divided by their sum. Where no other member with a weight
  /// has one, the answer is the main model's own.
  public func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    try fuse(main, with: assistants, anticipated: [])
  }

  func fuse(_ main: [Float], with assistants: [[Float]?], anticipated: [(any Sendable)?]) throws -> FusedLogits {
    let logits = [main] + assistants
    try check(logits)
    let shares = MemberShares.shares(of: weights, present: logits.map { $0 != nil })
    guard zip(assistants, shares.dropFirst()).contains(where: { $0 != nil && $1 > 0 }) else {
      return FusedLogits(logits: main, weights: shares)
    }
    let meeting = try meet(logits, shares, anticipated)
    let (members, weights) = (meeting.members, meeting.weights)
    let found = try members[0].search(search, projectedTo: meeting.relative, toward: meeting.target)
    var counted = [Float](repeating: 0, count: logits.count)
    for (member, weight) in zip(meeting.present, weights) { counted[member] = weight }
    return FusedLogits(
      logits: try members[0].whole(main, with: found.logits), weights: counted, losses: found.losses,
      errorBound: zip(members, weights).reduce(0) { $0 + $1.0.errorBound * $1.1 })
  }

  /// The members' fused relative distribution r̄, `[A]`: what the search of a step moves the main model toward.
  ///
  /// - Throws: What ``fuse(_:with:)`` throws before it searches.
  public func relativeDistribution(of main: [Float], with assistants: [[Float]?]) throws -> [Float] {
    let logits = [main] + assistants
    try check(logits)
    return try meet(logits, MemberShares.shares(of: weights, present: logits.map { $0 != nil }), []).target
  }

  /// Checks that there are an alignment for each member and a row for each of its logits.
  private func check(_ logits: [[Float]?]) throws {
    guard logits.count == alignments.count else {
      throw FusionError(
        .lengthMismatch, "There are \(alignments.count) alignments for \(logits.count) members",
        remedy: "Give one for each member.")
    }
    for (member, alignment) in alignments.enumerated() {
      try FusionError.check(logits[member], ofMember: member, through: alignment)
    }
  }

  /// The members of a step in the relative space.
  private struct Meeting {
    /// The places of those that take part.
    var present: [Int]
    var members: [StepMember]
    /// What the main model says, `[A]`.
    var relative: [Float]
    var weights: [Float]
    /// r̄, `[A]`.
    var target: [Float]
  }

  private func meet(
    _ logits: [[Float]?], _ shares: [Float], _ anticipated: [(any Sendable)?]
  ) throws -> Meeting {
    // What has no weight has no influence, not even on which tokens are likely.
    let present = logits.indices.filter { logits[$0] != nil && ($0 == 0 || shares[$0] > 0) }
    let members = try stepMembers(logits, present, anticipated)
    let relatives = members.map(\.relative)
    for (member, relative) in zip(present, relatives) { try FusionError.check(relative, ofMember: member) }
    let weights = try weigh(shares, logits, present, members, relatives)
    return Meeting(
      present: present, members: members, relative: relatives[0], weights: weights,
      target: try combination.fuse(relatives, weights: weights))
  }

  /// The tokens of each member that take part in a step; the main model first.
  private func stepMembers(
    _ logits: [[Float]?], _ present: [Int], _ anticipated: [(any Sendable)?]
  ) throws -> [StepMember] {
    guard case .likelyTokens(let bounds) = precision else {
      return try present.map { try StepMember(all: logits[$0] ?? [], through: alignments[$0]) }
    }
    let likely = try likelyTokens(logits, present, anticipated)
    let wanted = wantedTokens(of: Array(zip(present, likely)))
    return try zip(present, likely).map { member, likely in
      let own = logits[member] ?? []
      guard let likely, let alignment = alignments[member] as? any NarrowableAlignment else {
        return try StepMember(all: own, through: alignments[member])
      }
      return try StepMember(
        likely: likely, of: own, and: member == 0 ? wanted : [], through: alignment, precision: bounds.rows)
    }
  }

  /// Members' likely tokens; `nil` where all tokens take part.
  private func likelyTokens(
    _ logits: [[Float]?], _ present: [Int], _ anticipated: [(any Sendable)?]
  ) throws -> [LikelyTokens?] {
    let known = present.map { anticipated.isEmpty ? nil : anticipated[$0] as? LikelyTokens }
    if known.allSatisfy({ $0 != nil }) { return known }
    return try Workers.all.map(present.count) { place in
      Result { try known[place] ?? likelyTokens(logits[present[place]] ?? [], ofMember: present[place]) }
    }.map { try $0.get() }
  }

  private func likelyTokens(_ logits: [Float], ofMember index: Int) throws -> LikelyTokens? {
    guard case .likelyTokens(let bounds) = precision, alignments[index] is any NarrowableAlignment else { return nil }
    return try LikelyTokens(of: logits, bounds: bounds)
  }

  /// The main model's tokens that assistants find likely, ascending: a search that moves far may bring them up from
  /// nothing.
  private func wantedTokens(of members: [(member: Int, likely: LikelyTokens?)]) -> [TokenID] {
    guard let anchors = (alignments[0] as? any NarrowableAlignment)?.anchorTokens else { return [] }
    var wanted: Set<TokenID> = []
    for (member, likely) in members.dropFirst() {
      guard let likely = likely?.softmax, let places = anchorPlaces[member] else { continue }
      for place in likely.places.indices where likely.probabilities[place] >= Self.leastWanted {
        let anchor = Int(places[likely.places[place]])
        if anchor >= 0 { wanted.insert(anchors[anchor]) }
      }
    }
    return wanted.sorted()
  }

  /// How likely an assistant must find a token for it to take part on the main model's side.
  private static let leastWanted: Float = 1e-3

  /// The members' weights in a step. Rules that look at whole distributions are given them.
  private func weigh(
    _ shares: [Float], _ logits: [[Float]?], _ present: [Int], _ members: [StepMember], _ relatives: [[Float]]
  ) throws -> [Float] {
    let constant = present.map { shares[$0] }
    if weighting is ConstantWeighting { return constant }
    let distributions = try zip(present, members).map { member, part in
      part.tokens == nil ? part.probabilities : try softmax(logits[member] ?? [])
    }
    return try weighting.weights(
      in: WeightingStep(weights: constant, distributions: distributions, relatives: relatives))
  }
}

extension DeePEnFusion: AnticipatingFusion {
  func anticipate(_ logits: [Float], ofMember index: Int) -> (any Sendable)? {
    // What is wrong with logits is said when they are fused.
    guard let likely = try? likelyTokens(logits, ofMember: index) else { return nil }
    return likely
  }
}
