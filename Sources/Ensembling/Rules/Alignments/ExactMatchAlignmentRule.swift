import ModelBackends
public import RelativeSpace

/// Exact matches first, then cosines: a token that all members share maps to itself alone, every other one to the
/// anchors that it is similar to.
public struct ExactMatchAlignmentRule: AlignmentRule {
  /// The alignment of the tokens that not all members share.
  public var cosine: CosineAlignmentRule

  /// Creates the rule.
  public init(cosine: CosineAlignmentRule = CosineAlignmentRule()) {
    self.cosine = cosine
  }

  /// "exact match, then cosine".
  public var name: String { "exact match, then cosine" }

  /// Computes the members' alignments.
  ///
  /// - Complexity: That of ``CosineAlignmentRule``.
  public func alignments(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> [any TokenAlignment] {
    try members.checkThatTokensAreShared()
    let anchors = try cosine.anchors(of: members, progress: progress)
    return try cosine.alignments(for: members, to: anchors, progress: progress).enumerated().map { member, alignment in
      try ExactMatchAlignment(alignment, anchorIDs: anchors.ids(ofMember: member))
    }
  }
}
