public import DeePEn

/// The members of a synthetic ensemble, from which a method of fusing is built.
public struct StepInputs: Sendable {
  /// Each vocabulary's layout of shared tokens.
  public var layouts: [TokenLayout]
  /// Each member's token vectors; the main model's first.
  public var embeddings: [any EmbeddingTable]
  /// The number of steps of the search, T.
  public var steps: Int
  /// The number of a member's likeliest tokens that count, where a method leaves others out.
  public var kept: Int
  /// The precision of the rows of likely tokens, where R̂ is factored.
  public var rows = NarrowingPrecision()
  /// A folder from which earlier alignments are read and to which new ones are written; `nil` for none.
  public var cache: String?
  /// The number of threads that the alignments use.
  public var workers = Workers.all

  /// The anchors' identifiers in each member's vocabulary, `[members][A]`.
  public var anchorIDs: [[Int]] { layouts.map(\.sharedTokens) }

  /// The published search with T steps.
  public var search: AdamWSearch { AdamWSearch(steps: steps) }

  /// The same weight for each member.
  public var weights: [Float] { Array(repeating: 1 / Float(layouts.count), count: layouts.count) }
}

/// A method of fusing a step that is measured and compared with others.
///
/// Another method joins the measurements as one more element of ``all``.
public struct StepMethod: Sendable {
  /// Its name on the command line and in tables.
  public var name: String
  /// A short description.
  public var summary: String
  /// Whether it computes the published rule, so that differences between the two mean something.
  public var isPublishedRule: Bool
  /// Builds it.
  public var make: @Sendable (StepInputs) throws -> any TokenFusion

  /// All methods.
  public static let all: [StepMethod] = [
    StepMethod(
      name: "dense", summary: "the published rule, whole matrices in memory", isPublishedRule: true
    ) { inputs in
      let alignments = try inputs.layouts.indices.map { member in
        try CosineAlignment(
          embeddings: inputs.embeddings[member], vocabularyCount: inputs.layouts[member].vocabularyCount,
          anchorIDs: inputs.anchorIDs[member], workers: inputs.workers)
      }
      return try DeePEnFusion(
        alignments: alignments, search: inputs.search, precision: .exact)
    },
    StepMethod(
      name: "factored", summary: "the published rule on the likely tokens, R̂ taken apart", isPublishedRule: true
    ) { inputs in
      let alignments = try inputs.layouts.indices.map { member in
        try FactoredCosineAlignment(
          embeddings: inputs.embeddings[member], vocabularyCount: inputs.layouts[member].vocabularyCount,
          anchorIDs: inputs.anchorIDs[member], cache: inputs.cache.map { AlignmentCache(folder: $0) },
          workers: inputs.workers)
      }
      return try DeePEnFusion(
        alignments: alignments, search: inputs.search,
        precision: .likelyTokens(StepPrecision.LikelyTokens(limit: inputs.kept, rows: inputs.rows)))
    },
    StepMethod(
      name: "support", summary: "the published rule on the kept tokens, their rows computed in each step",
      isPublishedRule: true
    ) { inputs in
      SupportFusion(
        embeddings: inputs.embeddings, anchorIDs: inputs.anchorIDs, kept: inputs.kept, search: inputs.search)
    },
    StepMethod(name: "prefix", summary: "byte prefixes and one step of EM", isPublishedRule: false) { inputs in
      let vocabularies = try inputs.layouts.enumerated().map { try SyntheticVocabulary.make($1, member: $0) }
      return try PrefixMethod.fusion(vocabularies, rule: .prefix)
    },
  ]

  /// The method of a name.
  ///
  /// - Throws: ``BenchmarkError`` listing the names.
  public static func named(_ name: String) throws -> StepMethod {
    guard let found = all.first(where: { $0.name == name }) else {
      throw BenchmarkError(
        "There is no method \(name)", remedy: "Choose from \(all.map(\.name).joined(separator: ", ")).")
    }
    return found
  }
}

/// Rules in the space of byte prefixes.
enum PrefixMethod {
  /// The kinds of rules.
  enum Rule: String, Codable, Sendable, CaseIterable {
    /// All members in one space: `.bytePrefix()`.
    case prefix
    /// Each assistant with the main model: the standard rule.
    case standard
  }

  static func fusion(_ vocabularies: [Vocabulary], rule: Rule) throws -> any TokenFusion {
    switch rule {
    case .prefix:
      let anchors = try BytePrefixAnchors(shared: vocabularies)
      return try DeePEnFusion(
        alignments: vocabularies.map { BytePrefixAlignment($0, anchors: anchors) },
        combination: GeometricFusion(), search: EMSearch())
    case .standard:
      return StandardFusion(
        pairs: try vocabularies.dropFirst().map { try StandardFusion.Pair(main: vocabularies[0], assistant: $0) })
    }
  }
}
