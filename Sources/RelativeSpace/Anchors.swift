public import ModelBackends

/// The tokens that connect models with different vocabularies.
///
/// An anchor is a byte string that is one token in every vocabulary; bytes are compared, never spelling. The end of
/// generation can be one more anchor, although each model spells it differently.
///
/// Anchors are in the order of their bytes, the end of generation last, so that the order of the vocabularies changes
/// only the order of the identifiers within each anchor.
public struct Anchors: Sendable, Hashable {
  /// One token that every vocabulary has.
  public struct Anchor: Sendable, Hashable {
    /// The meaning of a token.
    public enum Meaning: Sendable, Hashable {
      /// These bytes of a text.
      case text([UInt8])
      /// The end of the answer.
      case endOfGeneration
    }

    /// The meaning of the token.
    public let meaning: Meaning
    /// The token's identifier in each vocabulary, in the order of the vocabularies.
    public let ids: [TokenID]

    /// The bytes of the token; `nil` for the end of generation.
    public var bytes: [UInt8]? {
      switch meaning {
      case .text(let bytes): bytes
      case .endOfGeneration: nil
      }
    }
  }

  /// The anchors, in the order of the alignments' columns.
  public let all: [Anchor]

  /// The number of vocabularies.
  public let memberCount: Int

  /// The number of anchors, A.
  public var count: Int { all.count }

  /// Finds the anchors of some vocabularies.
  ///
  /// - Parameters:
  ///   - vocabularies: At least one; the main model's first where the selection depends on it.
  ///   - selection: The rule that selects anchors from the shared tokens.
  ///   - includesEndOfGeneration: Whether the end of generation is one more anchor. It is added only where every
  ///     vocabulary has a token for it. Each vocabulary is represented by its usual one, the first of
  ///     `Vocabulary.endOfGeneration`; an ensemble adds the probability of the others to it, so that all end tokens of
  ///     all models are one anchor.
  ///   - material: The data that the selection may read beside the shared tokens.
  /// - Throws: ``RelativeSpaceError`` where no token is shared or the selection is empty, and the selection's errors.
  /// - Complexity: O(total number of bytes + S·log S) for S shared tokens, and that of the selection.
  public init(
    shared vocabularies: [Vocabulary], selection: AnchorSelection = .all, includesEndOfGeneration: Bool = true,
    material: AnchorMaterial = .none
  ) throws {
    let shared = Self.sharedTokens(of: vocabularies)
    guard !shared.isEmpty else {
      throw RelativeSpaceError(
        .noSharedTokens, "The \(vocabularies.count) vocabularies have no token with the same bytes",
        remedy:
          "Leave out the model whose text tokens differ from all others', or align each assistant with the main "
          + "model separately (pairwise)."
      )
    }
    var chosen = try selection.indices(in: shared, material: material).sorted().map { shared[$0] }
    guard !chosen.isEmpty else {
      throw RelativeSpaceError(
        .noAnchors, "The selection chose none of the \(shared.count) shared tokens",
        remedy: "Select at least one anchor; hundreds or more are needed for good results."
      )
    }
    let ends = vocabularies.compactMap(\.endOfGeneration.first)
    if includesEndOfGeneration, ends.count == vocabularies.count {
      // A model may list its end token among the text tokens; one anchor for it is enough.
      chosen.removeAll { $0.ids == ends }
      chosen.append(Anchor(meaning: .endOfGeneration, ids: ends))
    }
    all = chosen
    memberCount = vocabularies.count
  }

  /// The anchors' identifiers in one vocabulary, in the order of the anchors.
  ///
  /// - Precondition: `member` is an index of the vocabularies that the anchors were computed from.
  public func ids(ofMember member: Int) -> [TokenID] {
    precondition((0..<memberCount).contains(member), "There is no member \(member) among \(memberCount).")
    return all.map { $0.ids[member] }
  }

  /// The number of text tokens that some vocabularies share.
  ///
  /// Normal, byte and user-defined tokens count, each byte string once; control, unknown and unused tokens do not.
  ///
  /// - Complexity: O(total number of bytes + S·log S) for S shared tokens.
  public static func sharedTokenCount(of vocabularies: [Vocabulary]) -> Int {
    sharedTokens(of: vocabularies).count
  }

  /// The text tokens that all vocabularies have, in the order of their bytes.
  static func sharedTokens(of vocabularies: [Vocabulary]) -> [Anchor] {
    guard let smallest = vocabularies.min(by: { $0.count < $1.count }) else { return [] }
    var shared: [Anchor] = []
    for token in smallest.textTokens {
      let bytes = smallest.bytes(of: token)
      let ids = vocabularies.compactMap { $0.id(forBytes: bytes) }
      if ids.count == vocabularies.count {
        shared.append(Anchor(meaning: .text(Array(bytes)), ids: ids))
      }
    }
    return shared.sorted { ($0.bytes ?? []).lexicographicallyPrecedes($1.bytes ?? []) }
  }
}
