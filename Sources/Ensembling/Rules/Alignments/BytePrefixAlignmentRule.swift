import ModelBackends
public import RelativeSpace

/// Alignment by spelling alone: a token stands for the longest shared token that its bytes begin with.
///
/// It needs no embeddings, one integer a token, and serves vocabularies of any size.
public struct BytePrefixAlignmentRule: AlignmentRule {
  /// The selection of anchors among the shared tokens; single bytes always are anchors.
  public var anchors: AnchorSelection

  /// Makes the rule; by default with all shared tokens.
  public init(anchors: AnchorSelection = .all) {
    self.anchors = anchors
  }

  /// "byte prefix".
  public var name: String { "byte prefix" }

  /// Aligns the members.
  ///
  /// A selection that compares embeddings gets the input ones.
  ///
  /// - Throws: `RelativeSpaceError` with the code `noSharedTokens` where an assistant shares no token with the main
  ///   model, and what ``anchors`` throws.
  /// - Complexity: That of selecting the anchors, and O(total number of bytes) hash look-ups a member.
  public func alignments(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> [any TokenAlignment] {
    try members.checkThatTokensAreShared()
    let vocabularies = members.map(\.backend.vocabulary)
    let shared = try BytePrefixAnchors(
      shared: vocabularies, selection: anchors,
      material: AnchorMaterial(of: members, side: .input, for: anchors, progress: progress))
    return try members.enumerated().map { index, member in
      try Task.checkCancellation()
      let alignment = BytePrefixAlignment(vocabularies[index], anchors: shared)
      let chosen = anchors.shareOfWork
      let done = chosen + (1 - chosen) * Double(index + 1) / Double(members.count)
      progress(EnsembleProgress(activity: "aligning \(member.name) with \(shared.count) anchors", fraction: done))
      return alignment
    }
  }
}
