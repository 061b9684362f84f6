public import ModelBackends
public import RelativeSpace

/// A rule that computes an alignment of every member's tokens with the anchors.
public protocol AlignmentRule: Sendable {
  /// The rule's name in tables; the type's name by default.
  var name: String { get }

  /// Computes the members' alignments.
  ///
  /// - Parameters:
  ///   - members: The members; the main model first.
  ///   - progress: Called with the current activity and the fraction done.
  /// - Returns: An alignment for each member, all with the same anchors in the same order.
  /// - Throws: `RelativeSpaceError` where the members share no tokens, `BackendError` where embeddings are missing.
  func alignments(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> [any TokenAlignment]
}

extension AlignmentRule {
  /// The type's name.
  public var name: String { "\(Self.self)" }
}

/// The progress of preparing an ensemble.
public struct EnsembleProgress: Sendable, Hashable {
  /// The current activity, such as "aligning atlas".
  public var activity: String
  /// The fraction of the whole that is done, from 0 to 1.
  public var fraction: Double

  /// Creates a report.
  public init(activity: String, fraction: Double) {
    self.activity = activity
    self.fraction = fraction
  }
}

/// The published alignment: normalised cosine similarity to tokens that all vocabularies share.
public struct CosineAlignmentRule: AlignmentRule {
  /// The storage of R̂.
  public enum Storage: String, Sendable, Hashable, CaseIterable {
    /// Dense where the matrices of all members together take no more than 256 MiB, factored otherwise.
    case automatic
    /// As matrices of V × A numbers, the reference (`CosineAlignment`).
    case dense
    /// Factored, for vocabularies of any size (`FactoredCosineAlignment`).
    case factored
  }

  /// The selection of anchors among the shared tokens.
  public var anchors: AnchorSelection
  /// The token vectors that are compared.
  public var side: EmbeddingSide
  /// Whether the end of generation is one more anchor.
  public var includesEndOfGeneration: Bool
  /// Options of the matrix. The memory limit applies to the matrices of all members together.
  public var options: CosineAlignment.Options
  /// The storage of R̂.
  public var storage: Storage
  /// The cache of alignments that were built before; `nil` for none. Only factored ones are cached: dense ones are the
  /// reference, and are built each time.
  public var cache: AlignmentCache?

  /// Creates the rule; by default with all shared tokens and the end of generation, input embeddings, temperature 100,
  /// and the user's cache.
  public init(
    anchors: AnchorSelection = .all, side: EmbeddingSide = .input, includesEndOfGeneration: Bool = true,
    options: CosineAlignment.Options = CosineAlignment.Options(), storage: Storage = .automatic,
    cache: AlignmentCache? = .standard
  ) {
    self.anchors = anchors
    self.side = side
    self.includesEndOfGeneration = includesEndOfGeneration
    self.options = options
    self.storage = storage
    self.cache = cache
  }

  /// "cosine".
  public var name: String { "cosine" }

  /// Computes the members' alignments.
  ///
  /// A cache that cannot be used is not an error; the progress report of the alignment gives the reason.
  ///
  /// - Throws: `RelativeSpaceError` where a member shares no token with the main model or its embeddings are not
  ///   finite, and the errors of ``anchors``.
  /// - Complexity: That of selecting the anchors; O(V·A·d) time for each member; in memory, V·A numbers for each member
  ///   where R̂ is dense, and otherwise that of `FactoredCosineAlignment`.
  public func alignments(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> [any TokenAlignment] {
    try members.checkThatTokensAreShared()
    return try alignments(for: members, to: try anchors(of: members, progress: progress), progress: progress)
  }

  /// Selects the members' anchors.
  ///
  /// - Throws: The errors of ``anchors``, and `BackendError` where it needs embeddings that are missing.
  package func anchors(
    of members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void = { _ in }
  ) throws -> Anchors {
    try Anchors(
      shared: members.map(\.backend.vocabulary), selection: anchors, includesEndOfGeneration: includesEndOfGeneration,
      material: AnchorMaterial(of: members, side: side, for: anchors, progress: progress))
  }

  /// Computes the members' alignments with known anchors.
  func alignments(
    for members: [Member], to shared: Anchors, progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> [any TokenAlignment] {
    let vocabularies = members.map(\.backend.vocabulary)
    let isDense = keepsWhole(tokens: vocabularies.reduce(0) { $0 + $1.count }, anchors: shared.count)
    if isDense {
      try CosineAlignment.checkMemory(
        vocabularyCounts: vocabularies.map(\.count), anchorCount: shared.count, limit: options.memoryLimit)
    }
    return try members.enumerated().map { index, member in
      let activity = "aligning \(member.name) with \(shared.count) anchors"
      let (table, count) = (try member.embeddingTable(side), member.backend.vocabulary.count)
      func report(_ fraction: Double, note: String = "") {
        let chosen = anchors.shareOfWork
        let whole = chosen + (1 - chosen) * (Double(index) + fraction) / Double(members.count)
        progress(EnsembleProgress(activity: activity + note, fraction: whole))
      }
      if isDense {
        let alignment = try CosineAlignment(
          embeddings: table, vocabularyCount: count, anchorIDs: shared.ids(ofMember: index), options: options,
          progress: { report($0) })
        try Self.check(alignment.diagnostics, of: member, anchorCount: shared.count)
        return alignment
      }
      let alignment = try FactoredCosineAlignment(
        embeddings: table, vocabularyCount: count, anchorIDs: shared.ids(ofMember: index),
        options: FactoredCosineAlignment.Options(cosine: options), cache: cache, progress: { report($0) })
      try Self.check(alignment.diagnostics, of: member, anchorCount: shared.count)
      if let problem = alignment.cacheProblem { report(1, note: " (\(problem.problem))") }
      return alignment
    }
  }

  /// Checks that a member's embeddings are usable: a NaN is a damaged file, and anchors without a direction are equally
  /// similar to everything.
  private static func check(
    _ diagnostics: CosineAlignment.Diagnostics, of member: Member, anchorCount: Int
  ) throws {
    let problem: String
    if diagnostics.nonFiniteRows > 0 {
      problem = "have a NaN or an infinity in \(diagnostics.nonFiniteRows) of \(member.backend.vocabulary.count) rows"
    } else if diagnostics.anchorsWithoutDirection == anchorCount {
      problem = "are zeros for all \(anchorCount) anchors"
    } else {
      return
    }
    throw RelativeSpaceError(
      .invalidMatrix, "The embeddings of \(member.name) \(problem)",
      remedy:
        "Copy the model or its embeddings again, or use a rule that needs no embeddings, such as the standard one.")
  }

  /// The largest total size of matrices that ``Storage/automatic`` keeps dense, in bytes.
  private static let wholeLimit = 256 << 20

  private func keepsWhole(tokens: Int, anchors: Int) -> Bool {
    switch storage {
    case .dense: true
    case .factored: false
    case .automatic: CosineAlignment.byteCount(vocabularyCount: tokens, anchorCount: anchors) <= Self.wholeLimit
    }
  }
}

extension AnchorSelection {
  /// The share of an alignment's work that counts as choosing its anchors.
  var shareOfWork: Double { takesLong ? 0.5 : 0 }
}

extension AnchorMaterial {
  /// The embeddings and tokenizers of some members, for a selection.
  init(
    of members: [Member], side: EmbeddingSide, for selection: AnchorSelection,
    progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) {
    self.init(
      embeddings: { try members[$0].embeddingTable(side) }, tokenizer: { members[$0].backend.tokenizer },
      progress: { progress(EnsembleProgress(activity: "choosing anchors", fraction: $0 * selection.shareOfWork)) })
  }
}
