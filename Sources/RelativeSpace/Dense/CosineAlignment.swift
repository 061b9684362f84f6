public import LinearAlgebra
public import ModelBackends

/// The paper's alignment: a token is described by the cosines of its embedding with those of the anchors.
///
/// R[w,a] = cos(E[w], E[a]), and row w of R̂ is the softmax of τ·R[w,·] / ‖R[w,·]‖₂ (arXiv 2404.12715; the temperature
/// τ and the division by the norm are additions of the published code).
///
/// A token whose embedding is zero, or has a NaN or an infinity, has no direction: its cosine with every anchor is zero
/// and its row of R̂ is uniform. Such an anchor has the cosine zero with every token. ``diagnostics`` counts both.
public struct CosineAlignment: TokenAlignment {
  /// Options of the matrix computation.
  public struct Options: Sendable, Hashable {
    /// τ, the factor before the softmax; 1 disables it.
    public var temperature: Float
    /// Whether a row of cosines is divided by its Euclidean length before the softmax.
    public var normalisesRows: Bool
    /// The largest matrix allowed, in bytes; `nil` for the machine's memory.
    public var memoryLimit: Int?

    /// Creates options; the defaults are those of the published code.
    public init(temperature: Float = 100, normalisesRows: Bool = true, memoryLimit: Int? = nil) {
      self.temperature = temperature
      self.normalisesRows = normalisesRows
      self.memoryLimit = memoryLimit
    }
  }

  /// Counts of unusual embeddings.
  public struct Diagnostics: Sendable, Hashable {
    /// Tokens whose embeddings are all zeros.
    public internal(set) var zeroRows = 0
    /// Tokens whose embeddings have a NaN or an infinity.
    public internal(set) var nonFiniteRows = 0
    /// Anchors whose embeddings are zeros or have a NaN or an infinity.
    public internal(set) var anchorsWithoutDirection = 0
  }

  /// Counts of unusual embeddings.
  public let diagnostics: Diagnostics
  /// The tokens that are anchors, `[A]`.
  public let anchorTokens: [TokenID]?
  let dense: DenseAlignment

  /// Builds the matrix in blocks of rows.
  ///
  /// When the surrounding task is cancelled, building stops after the current block.
  ///
  /// - Parameters:
  ///   - embeddings: The model's token vectors, `[at least vocabularyCount × d]`; rows beyond the vocabulary are
  ///     padding.
  ///   - vocabularyCount: The number of tokens, V: the number of the model's logits.
  ///   - anchorIDs: The anchors' identifiers in this vocabulary, A of them (``Anchors/ids(ofMember:)``).
  ///   - options: Options of the computation.
  ///   - workers: The number of threads of a product; all cores by default.
  ///   - progress: Called after each block with the fraction of the rows that is done, from 0 to 1.
  /// - Throws: ``RelativeSpaceError`` where sizes, options or memory do not fit; `CancellationError`; and errors from
  ///   reading the embeddings.
  /// - Complexity: O(V·A·d) time in matrix products, 4·V·A bytes.
  public init(
    embeddings: any EmbeddingTable, vocabularyCount: Int, anchorIDs: [TokenID], options: Options = Options(),
    workers: Workers = .all, progress: ((Double) -> Void)? = nil
  ) throws {
    try Self.check(embeddings, vocabularyCount, anchorIDs, options)
    try Self.checkMemory(
      vocabularyCounts: [vocabularyCount], anchorCount: anchorIDs.count, limit: options.memoryLimit)
    var builder = CosineMatrixBuilder(
      embeddings: embeddings, vocabularyCount: vocabularyCount, anchorIDs: anchorIDs, options: options)
    dense = DenseAlignment(known: try builder.build(progress: progress), workers: workers)
    diagnostics = builder.diagnostics
    anchorTokens = anchorIDs
  }

  /// R̂, `[vocabulary × anchors]`.
  public var matrix: Matrix { dense.matrix }

  /// The number of tokens, V.
  public var vocabularyCount: Int { dense.vocabularyCount }

  /// The number of anchors, A.
  public var anchorCount: Int { dense.anchorCount }

  /// r = p·R̂, `[V] → [A]`.
  ///
  /// - Complexity: O(V·A).
  public func project(_ distribution: [Float]) -> [Float] { dense.project(distribution) }

  /// R̂·y, `[A] → [V]`.
  ///
  /// - Complexity: O(V·A).
  public func pullBack(_ anchorValues: [Float]) -> [Float] { dense.pullBack(anchorValues) }

  /// The size of the matrix in bytes.
  public static func byteCount(vocabularyCount: Int, anchorCount: Int) -> Int {
    let (elements, overflows) = vocabularyCount.multipliedReportingOverflow(by: anchorCount)
    let (bytes, overflowsAgain) = elements.multipliedReportingOverflow(by: MemoryLayout<Float>.size)
    return overflows || overflowsAgain ? .max : bytes
  }

  /// Checks that the matrices of some vocabularies fit into memory together.
  ///
  /// - Parameters:
  ///   - vocabularyCounts: The number of tokens of each vocabulary.
  ///   - anchorCount: The number of anchors, common to all.
  ///   - limit: The memory limit in bytes; `nil` for the machine's memory.
  /// - Throws: ``RelativeSpaceError`` with the code `memoryLimit`, which says how many anchors fit.
  package static func checkMemory(vocabularyCounts: [Int], anchorCount: Int, limit: Int?) throws {
    let tokens = vocabularyCounts.reduce(0, +)
    let needed = byteCount(vocabularyCount: tokens, anchorCount: anchorCount)
    let limit = limit ?? physicalMemory
    guard needed <= limit else {
      let fitting = max(1, limit / max(1, byteCount(vocabularyCount: tokens, anchorCount: 1)))
      let sizes = vocabularyCounts.map { "\($0) tokens × \(anchorCount) anchors" }.joined(separator: " and ")
      throw RelativeSpaceError(
        .memoryLimit, "Matrices of \(sizes) take \(needed) bytes, more than the \(limit) allowed",
        remedy: "Select fewer anchors (about \(fitting) fit), or raise the memory limit."
      )
    }
  }

  static func check(
    _ embeddings: any EmbeddingTable, _ vocabularyCount: Int, _ anchorIDs: [TokenID], _ options: Options
  ) throws {
    guard options.temperature.isFinite, options.temperature > 0 else {
      throw RelativeSpaceError(
        .invalidOption, "The temperature \(options.temperature) is not a positive number",
        remedy: "Use 100 as the published code does, or 1 for none."
      )
    }
    guard vocabularyCount > 0, embeddings.count >= vocabularyCount else {
      throw RelativeSpaceError(
        .sizeMismatch, "The embedding table has \(embeddings.count) rows for \(vocabularyCount) tokens",
        remedy: "Give the model its own table: one row for each token."
      )
    }
    guard embeddings.dimension > 0 else {
      throw RelativeSpaceError(
        .sizeMismatch, "The embedding table has rows of no elements", remedy: "Give the model its own table.")
    }
    guard !anchorIDs.isEmpty else {
      throw RelativeSpaceError(
        .noAnchors, "There are no anchors", remedy: "Give at least one; all shared tokens are a good start.")
    }
    if let unknown = anchorIDs.first(where: { !(0..<vocabularyCount).contains($0) }) {
      throw RelativeSpaceError(
        .sizeMismatch, "Anchor \(unknown) is not one of the \(vocabularyCount) tokens",
        remedy: "Take the anchors from this model's vocabulary."
      )
    }
  }
}
