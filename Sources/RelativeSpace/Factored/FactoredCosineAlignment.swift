internal import AlignmentKernels
public import LinearAlgebra
public import ModelBackends

/// The paper's alignment for vocabularies of any size: R̂ is factored, so that no V × A matrix is ever stored.
///
/// ```
/// R̂[w,·] = large entries of w + ρ_w·base row + Σ_k c[w,k]·deviation k + error
/// ```
///
/// Each row keeps its largest entries. The remainder is smooth: a share ρ_w of a base row common to all tokens, and a
/// few deviations from it. The L1 norm ε_w of the remaining error is measured when the alignment is built and stored
/// with the row, so that for every distribution p the distance from the exact relative distribution is bounded:
///
/// ```
/// ‖p·R̂ − p·R̂ (exact)‖₁ ≤ Σ_w p_w·ε_w
/// ```
///
/// Where likely tokens have a significant ε_w, ``narrowed(to:probabilities:others:precision:)`` uses their whole
/// rows. Tokens with low identifiers, which tokenizers give to frequent pieces, have theirs stored from the start at
/// one byte per anchor, as far as there is room. The others' rows are computed from the anchors' directions, in one
/// pass over A·d/4 to ¾·A·d bytes for all of them, more for likelier tokens; the most recent ones are cached, also at
/// one byte per anchor.
///
/// ``CosineAlignment`` is the same alignment as a dense matrix, the reference for this one. With an ``AlignmentCache``
/// an alignment is built once and read afterwards; dense ones are always built.
public struct FactoredCosineAlignment: TokenAlignment {
  /// Options of the factorisation.
  public struct Options: Sendable, Hashable {
    /// Options of R̂ itself. The memory limit applies to what is held in memory here.
    public var cosine: CosineAlignment.Options
    /// The number of largest entries that a row keeps.
    public var entries: Int
    /// The maximum number of deviations from the base row; those that explain little are dropped anyway.
    public var rank: Int
    /// The maximum size in bytes of the whole rows that are stored from the start.
    public var quantisedRowBytes: Int
    /// The maximum size in bytes of the cached computed rows.
    public var rowCacheBytes: Int

    /// Creates options.
    public init(
      cosine: CosineAlignment.Options = CosineAlignment.Options(), entries: Int = 32, rank: Int = 24,
      quantisedRowBytes: Int = 256 << 20, rowCacheBytes: Int = 256 << 20
    ) {
      self.cosine = cosine
      self.entries = entries
      self.rank = rank
      self.quantisedRowBytes = quantisedRowBytes
      self.rowCacheBytes = rowCacheBytes
    }
  }

  /// Counts of unusual embeddings.
  public let diagnostics: CosineAlignment.Diagnostics
  /// The problem that kept the cache from being used in full, if there was one: a folder that cannot be written, a
  /// damaged file. The alignment is as good as without a cache.
  public let cacheProblem: RelativeSpaceError?
  /// The tokens that are anchors, `[A]`.
  public let anchorTokens: [TokenID]?
  /// Rows are gathered for some tokens.
  public var isNarrowable: Bool { true }
  /// The number of tokens, V.
  public var vocabularyCount: Int { tables.layout.tokens }
  /// The number of anchors, A.
  public var anchorCount: Int { tables.layout.anchors }

  private let options: Options
  private let reader: EmbeddingRows
  private let tables: FactoredTables
  private let rows: FactoredRows
  private let sharedRows: [StoredArray<Float>]
  /// Each token's anchor index, −1 for none, `[V]`.
  private let anchorIndices: [Int32]
  private let computedRowErrors: ComputedRowErrors
  private let rowCache: RowCache
  private let workers: Workers

  /// Builds the alignment in blocks of rows, or reads it from a cache.
  ///
  /// When the surrounding task is cancelled, building stops after the current block, and nothing unfinished stays in
  /// the cache.
  ///
  /// - Parameters:
  ///   - embeddings: The model's token vectors, `[at least vocabularyCount × d]`.
  ///   - vocabularyCount: The number of tokens, V.
  ///   - anchorIDs: The anchors' identifiers in this vocabulary, A of them.
  ///   - options: Options of the factorisation.
  ///   - cache: The cache of built alignments; `nil`, the default, for none.
  ///   - workers: The number of threads of a step; all cores by default.
  ///   - progress: Called after each block with the fraction of the work that is done, from 0 to 1.
  /// - Throws: ``RelativeSpaceError``; `CancellationError`; and errors from reading the embeddings.
  /// - Complexity: O(V·A·d) time in matrix products; O(V·(entries + rank) + A·(d + rank)) memory plus that of whole
  ///   rows, and 4·A·d bytes more during the build. From a cache, one pass over the stored data; and over the
  ///   embeddings, where their origin is unknown.
  public init(
    embeddings: any EmbeddingTable, vocabularyCount: Int, anchorIDs: [TokenID], options: Options = Options(),
    cache: AlignmentCache? = nil, workers: Workers = .all, progress: ((Double) -> Void)? = nil
  ) throws {
    try Self.check(embeddings, vocabularyCount, anchorIDs, options)
    let builder = FactoredBuilder(
      reader: EmbeddingRows(embeddings), vocabularyCount: vocabularyCount, anchorIDs: anchorIDs,
      options: options)
    guard let cache else {
      let outcome = try builder.build(in: { try MemoryRegion(size: $0.byteCount) }, progress: progress)
      self.init(
        outcome, embeddings: embeddings, anchorIDs: anchorIDs, options: options, cacheProblem: nil, workers: workers)
      return
    }
    let (outcome, problem) = try cache.outcome(of: builder, progress: progress)
    self.init(
      outcome, embeddings: embeddings, anchorIDs: anchorIDs, options: options, cacheProblem: problem, workers: workers)
  }

  /// Creates the alignment from what was built or read.
  init(
    _ outcome: FactoredBuilder.Outcome, embeddings: any EmbeddingTable, anchorIDs: [TokenID], options: Options,
    cacheProblem: RelativeSpaceError?, workers: Workers = .all
  ) {
    self.workers = workers
    diagnostics = outcome.diagnostics
    self.cacheProblem = cacheProblem
    anchorTokens = anchorIDs
    self.options = options
    reader = EmbeddingRows(embeddings)
    tables = FactoredTables(layout: outcome.layout, region: outcome.region)
    rows = tables.rows
    sharedRows = tables.sharedRows
    var indices = [Int32](repeating: -1, count: outcome.layout.tokens)
    for (index, token) in anchorIDs.enumerated() { indices[token] = Int32(index) }
    anchorIndices = indices
    computedRowErrors = outcome.computedRowErrors
    rowCache = RowCache(capacity: options.rowCacheBytes / outcome.layout.quantisedRowSize)
  }

  /// r = p·R̂, `[V] → [A]`, of the factored rows; no whole row is computed for it.
  ///
  /// - Complexity: O(V·(entries + rank) + A·rank).
  public func project(_ distribution: [Float]) -> [Float] {
    precondition(
      distribution.count == vocabularyCount,
      "\(distribution.count) probabilities do not fit \(vocabularyCount) tokens.")
    let all = TokenShares(tokens: Array(0..<vocabularyCount), probabilities: distribution)
    return tables.project(all, of: rows, leastEntry: 0, workers: workers).relative
  }

  /// R̂·y, `[A] → [V]`, of the factored rows; no whole row is computed for it.
  ///
  /// - Complexity: O(V·(entries + rank) + A·rank).
  public func pullBack(_ anchorValues: [Float]) -> [Float] {
    let all = tables.gather(Array(0..<vocabularyCount), of: rows, without: [], leaving: nil)
    return alignment(of: all, own: [], background: nil).pullBack(anchorValues)
  }

  /// The rows of some tokens, with whole rows where their errors are significant.
  ///
  /// - Throws: Errors from reading embeddings.
  /// - Complexity: O(K·(entries + rank)), and O(A·d) for each row that must be computed. With other tokens, O(entries +
  ///   rank) more for each of them.
  public func narrowed(
    to tokens: [TokenID], probabilities: [Float], others: TokenShares?, precision: NarrowingPrecision
  ) throws -> NarrowedRows? {
    precondition(tokens.count == probabilities.count, "Every token has a probability.")
    let errors = tokens.map { tables.rowErrors[$0] }
    // In a fixed order, whichever rows were known: sums do not depend on the steps before.
    let own = try wholeRows(tokens, probabilities, errors, precision).sorted { $0.index < $1.index }
    var bound = zip(errors, probabilities).reduce(0.0) { $0 + Double($1.0 * $1.1) }
    for row in own { bound += Double(probabilities[row.index] * (row.error - errors[row.index])) }
    let kept = tables.gather(tokens, of: rows, without: own.map(\.index), leaving: leastEntries(probabilities))
    var background: NarrowedAlignment.Background?
    if let others {
      let rest = tables.project(others, of: rows, leastEntry: Self.leastEntry / 10, workers: workers)
      let found = NarrowedAlignment.Background(relative: rest.relative, of: others)
      bound = Double(found.share) * bound + rest.error
      background = found
    }
    bound += zip(probabilities, kept.small).reduce(0.0) { $0 + 2 * Double($1.0 * $1.1) }
    return NarrowedRows(
      alignment: alignment(of: kept, own: own, background: background), errorBound: Float(min(bound, 2)))
  }

  /// A token's whole row, and its L1 distance from the exact one.
  private struct WholeRow: Sendable {
    /// The token's index among those of a step.
    var index: Int
    var row: StoredArray<UInt16>
    var error: Float
  }

  /// The whole rows that a step needs.
  private func wholeRows(
    _ tokens: [TokenID], _ probabilities: [Float], _ errors: [Float], _ precision: NarrowingPrecision
  ) throws -> [WholeRow] {
    func mass(_ index: Int) -> Float { tables.coefficients[tokens[index] * tables.layout.sharedRows] }
    let plan = WholeRowPlan(
      probabilities: probabilities, errors: errors, precision: precision,
      keptError: { index in
        tables.quantisedRow(of: tokens[index]).map { $0.scale.error + mass(index) * LogCodes.roundingError / 2 }
      },
      computedError: { index, grade in mass(index) * computedRowErrors[grade] })
    let quantised = try quantisedRows(of: plan.choices, among: tokens)
    return zip(plan.choices, tables.dequantise(quantised, workers: workers)).map { choice, row in
      WholeRow(index: choice.index, row: row, error: choice.error)
    }
  }

  /// The chosen rows: those stored from the start, those in the cache, and those that are computed now.
  private func quantisedRows(of choices: [WholeRowPlan.Choice], among tokens: [TokenID]) throws -> [QuantisedRow] {
    let keys = choices.map { choice in choice.grade.map { RowCache.Key(token: tokens[choice.index], grade: $0) } }
    var rows = zip(choices, keys).map { choice, key in
      if let key { rowCache[key] } else { tables.quantisedRow(of: tokens[choice.index]) }
    }
    let missing = rows.indices.filter { rows[$0] == nil }
    let wanted = missing.compactMap { keys[$0] }
    if !wanted.isEmpty {
      let computed = tables.computeRows(
        of: wanted.map(\.token), grades: wanted.map(\.grade), directions: try rotatedDirections(for: wanted),
        options: options.cosine, workers: workers)
      for ((index, key), row) in zip(zip(missing, wanted), computed) {
        rowCache.keep(row, as: key)
        rows[index] = row
      }
    }
    return rows.compactMap(\.self)
  }

  /// Tokens' directions, rotated, `[rows × d]`: for anchors from their codes, which are in memory, where a row need not
  /// be fine; for the others from the table.
  private func rotatedDirections(for rows: [RowCache.Key]) throws -> Matrix {
    var rotated = Matrix(rows: rows.count, columns: tables.layout.dimension)
    let read = rows.indices.filter { rows[$0].grade == .fine || anchorIndices[rows[$0].token] < 0 }
    for index in rows.indices where !read.contains(index) {
      rotated.withMutableRow(index) { tables.directions.dequantise(Int(anchorIndices[rows[index].token]), into: &$0) }
    }
    guard !read.isEmpty else { return rotated }
    var directions = try reader.directions(of: read.map { rows[$0].token }).rows
    for (row, index) in read.enumerated() {
      directions.withMutableRow(row) { QuantisedRows.rotate(&$0) }
      let first = index * rotated.columns
      rotated.elements.replaceSubrange(first..<first + rotated.columns, with: directions.row(row))
    }
    return rotated
  }

  /// The least contribution of a large entry to a relative distribution; a smaller one is replaced by the base row.
  private static let leastEntry: Float = 1e-7

  /// The least value of each token's entries; smaller ones are replaced by the base row.
  private func leastEntries(_ probabilities: [Float]) -> [Float] {
    probabilities.map { Self.leastEntry / max($0, Self.leastWeight) }
  }

  /// The factored rows of some tokens, together with whole ones.
  private func alignment(
    of kept: FactoredTables.Gathered, own: [WholeRow], background: NarrowedAlignment.Background?
  ) -> NarrowedAlignment {
    NarrowedAlignment(
      entries: kept.entries, mixture: RowMixture(shared: sharedRows, halves: own.map(\.row), length: anchorCount),
      coefficients: kept.coefficients, owners: own.map(\.index), background: background, workers: workers)
  }

  /// The least weight of a token that a search may make likelier.
  private static let leastWeight: Float = 1e-4

  static func check(
    _ embeddings: any EmbeddingTable, _ vocabularyCount: Int, _ anchorIDs: [TokenID], _ options: Options
  ) throws {
    let bytes = min(options.quantisedRowBytes, options.rowCacheBytes)
    guard options.entries >= 0, options.entries <= 4096, options.rank >= 0, bytes >= 0 else {
      throw RelativeSpaceError(
        .invalidOption,
        "An alignment cannot keep \(options.entries) entries, \(options.rank) deviations and \(bytes) bytes of rows",
        remedy: "Use 0 to 4096 entries, and a rank and a number of bytes that are zero or larger."
      )
    }
    try CosineAlignment.check(embeddings, vocabularyCount, anchorIDs, options.cosine)
    guard embeddings.dimension <= QuantisedRows.longestRow else {
      throw RelativeSpaceError(
        .sizeMismatch, "Token vectors of \(embeddings.dimension) elements are longer than \(QuantisedRows.longestRow)",
        remedy: "Use the dense alignment for this model.")
    }
    let layout = options.layout(
      tokens: vocabularyCount, anchors: anchorIDs.count, dimension: embeddings.dimension, sharedRows: options.rank + 1)
    let limit = options.cosine.memoryLimit ?? physicalMemory
    guard layout.isPlausible, layout.byteCount <= limit else {
      throw RelativeSpaceError(
        .memoryLimit,
        "An alignment of \(vocabularyCount) tokens × \(anchorIDs.count) anchors takes \(layout.byteCount) bytes, more "
          + "than the \(limit) allowed",
        remedy: "Keep fewer whole rows (quantisedRowBytes), select fewer anchors, or raise the memory limit.")
    }
  }
}

extension FactoredCosineAlignment.Options {
  /// The largest layout of an alignment in memory.
  func layout(tokens: Int, anchors: Int, dimension: Int, sharedRows: Int) -> FactoredLayout {
    FactoredLayout(
      tokens: tokens, anchors: anchors, dimension: dimension, entries: min(entries, anchors), sharedRows: sharedRows,
      quantisedRows: min(tokens, quantisedRowBytes / QuantisedRow.size(count: anchors)))
  }
}
