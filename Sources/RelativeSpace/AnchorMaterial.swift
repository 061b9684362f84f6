public import LinearAlgebra
public import ModelBackends

/// Data about the members' tokens beside their bytes, for selections of anchors that need it.
///
/// Data is read only when a selection asks for it.
public struct AnchorMaterial: Sendable {
  let embeddings: @Sendable (_ member: Int) throws -> any EmbeddingTable
  let tokenizer: @Sendable (_ member: Int) throws -> (any Tokenizer)?
  let progress: @Sendable (Double) -> Void

  /// Creates the material of some members, in the order of the vocabularies.
  ///
  /// - Parameters:
  ///   - embeddings: A member's token vectors.
  ///   - tokenizer: A member's tokenizer; `nil` where it cannot be determined.
  ///   - progress: Called by slow selections with the fraction done, from 0 to 1.
  public init(
    embeddings: @escaping @Sendable (_ member: Int) throws -> any EmbeddingTable,
    tokenizer: @escaping @Sendable (_ member: Int) throws -> (any Tokenizer)?,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    self.embeddings = embeddings
    self.tokenizer = tokenizer
    self.progress = progress
  }

  /// Neither embeddings nor tokenizers: for selections that use bytes and identifiers alone.
  public static let none = AnchorMaterial(
    embeddings: { _ in
      throw RelativeSpaceError(
        .noEmbeddings, "The selection of anchors compares embeddings, and was given none",
        remedy: "Hand the members' tables over as material, or select anchors by identifier or length.")
    }, tokenizer: { _ in nil })
}

/// The tokens that a selection chooses anchors from, with the members' data about them.
public struct AnchorCandidates: Sendable {
  /// The tokens that all vocabularies share, in the order of their bytes.
  public let shared: [Anchors.Anchor]
  let material: AnchorMaterial

  /// The number of vocabularies.
  public var memberCount: Int { shared.first?.ids.count ?? 0 }

  /// A member's embeddings of the shared tokens, scaled to the Euclidean length one, `[shared × d]`.
  ///
  /// Where an embedding is zero, or has a NaN or an infinity, the row is zero.
  ///
  /// - Precondition: `member` is the index of a member.
  /// - Throws: ``RelativeSpaceError`` and `BackendError` where there are no embeddings, or fewer than tokens.
  /// - Complexity: O(shared·d) time and 4·shared·d bytes.
  public func directions(ofMember member: Int) throws -> Matrix {
    precondition((0..<memberCount).contains(member), "There is no member \(member) among \(memberCount).")
    return try EmbeddingRows(material.embeddings(member)).directions(of: shared.map { $0.ids[member] }).rows
  }

  /// A member's tokenizer.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `noTokenizer` where it cannot be determined.
  public func tokenizer(ofMember member: Int) throws -> any Tokenizer {
    guard (0..<memberCount).contains(member) else { throw Self.noMember(member) }
    guard let tokenizer = try material.tokenizer(member) else {
      throw RelativeSpaceError(
        .noTokenizer, "The selection of anchors counts tokens of a text, and member \(member) has no tokenizer",
        remedy: "Let its backend's `tokenizer` return one, or select the lowest identifiers instead.")
    }
    return tokenizer
  }

  /// Reports the fraction of the choice that is done, from 0 to 1.
  public func report(_ fraction: Double) { material.progress(fraction) }

  static func noMember(_ member: Int) -> RelativeSpaceError {
    RelativeSpaceError(
      .invalidOption, "There is no vocabulary \(member) to select anchors by",
      remedy: "Use 0 for the main model's vocabulary.")
  }
}
