import ModelBackends
public import RelativeSpace

/// Alignment by spelling alone: a token maps to the longest shared token that is a prefix of its bytes.
///
/// It needs no embeddings, takes one integer per token, and works for vocabularies of any size.
public struct BytePrefixAlignmentRule: AlignmentRule {
  /// The selection of anchors among the shared tokens; single bytes are always anchors.
  public var anchors: AnchorSelection

  /// Creates the rule; by default with all shared tokens.
  public init(anchors: AnchorSelection = .all) {
    self.anchors = anchors
  }

  /// "byte prefix".
  public var name: String { "byte prefix" }

  /// Computes the members' alignments.
  ///
  /// A selection that compares embeddings gets the input ones.
  ///
  /// - Throws: `RelativeSpaceError` with the code `noSharedTokens` where an assistant shares no token with the main
  ///   model, and the errors of ``anchors``.
  /// - Complexity: That of selecting the anchors, and O(total number of bytes) hash lookups per member.
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
