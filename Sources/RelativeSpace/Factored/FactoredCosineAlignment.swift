import LinearAlgebra
public import ModelBackends

/// The paper's alignment for vocabularies of any size: R̂ taken apart, so that no V × A matrix is kept anywhere.
///
/// ```
/// R̂[w,·] = large entries of w + ρ_w·base row + Σ_k c[w,k]·deviation k + error
/// ```
///
/// Each row keeps its largest entries. What remains is smooth: a share ρ_w of a base row that all tokens have in common, and a few
/// deviations from it. The L1 norm ε_w of what even that leaves out is measured when the alignment is built and kept with
/// the row, so that for every distribution p the distance from the exact relative distribution is bounded:
///
/// ```
/// ‖p·R̂ − p·R̂ (exact)‖₁ ≤ Σ_w p_w·ε_w
/// ```
///
/// Where tokens that are likely have an ε_w that matters, ``narrowed(to:probabilities:precision:)`` makes their rows exact from the
/// anchors' directions, and keeps the last of these rows. Each takes one pass over A·d bytes.
///
/// ``CosineAlignment`` is the same alignment as a dense matrix, the reference for this one. With an ``AlignmentCache`` an alignment
/// is built once and read afterwards; dense ones are always built.
public struct FactoredCosineAlignment: NarrowableAlignment {
  /// How an alignment is taken apart.
  public struct Options: Sendable, Hashable {
    /// How R̂ is defined. Its memory limit is for what is held in memory here.
    public var cosine: CosineAlignment.Options
    /// How many of its largest entries a row keeps.
    public var entries: Int
    /// How many deviations from the base row are kept at most; those that explain little are left out anyway.
    public var rank: Int
    /// How many bytes of exact rows are kept at most.
    public var rowCacheBytes: Int

    /// Makes options.
    public init(
      cosine: CosineAlignment.Options = CosineAlignment.Options(), entries: Int = 32, rank: Int = 24,
      rowCacheBytes: Int = 256 << 20
    ) {
      self.cosine = cosine
      self.entries = entries
      self.rank = rank
      self.rowCacheBytes = rowCacheBytes
    }
  }

  /// What was unusual about the embeddings.
  public let diagnostics: CosineAlignment.Diagnostics
  /// What kept the cache from being used in full, if anything did: a folder that cannot be written, a damaged file. The alignment is
  /// as good as without it.
  public let cacheProblem: RelativeSpaceError?
  /// The tokens that are anchors, `[A]`.
  public let anchorTokens: [TokenID]?
  /// The number of tokens, V.
  public var vocabularyCount: Int { tables.layout.tokens }
  /// The number of anchors, A.
  public var anchorCount: Int { tables.layout.anchors }

  private let options: Options
  private let reader: EmbeddingRows
  private let tables: FactoredTables
  private let sharedRows: [RowMemory]
  private let madeRowError: Float
  private let rowCache: RowCache

  /// Builds the alignment in blocks of rows, or reads it from a cache.
  ///
  /// When the surrounding task is cancelled, the building stops after the current block, and nothing unfinished
  /// stays in the cache.
  ///
  /// - Parameters:
  ///   - embeddings: The model's token vectors, `[at least vocabularyCount × d]`.
  ///   - vocabularyCount: The number of tokens, V.
  ///   - anchorIDs: The anchors' identifiers in this vocabulary, A of them.
  ///   - options: How the alignment is taken apart.
  ///   - cache: Where alignments are kept that were built before; `nil`, the default, for none.
  ///   - progress: Told after each block what share of the work is done, from 0 to 1.
  /// - Throws: ``RelativeSpaceError``; `CancellationError`; and what reading the embeddings throws.
  /// - Complexity: O(V·A·d) time in matrix products; O(V·(entries + rank) + A·(d + rank)) memory, and 4·A·d bytes more while it
  ///   is built. From a cache, one pass over what is held; and over the embeddings, where they do not say where they lie.
  public init(
    embeddings: any EmbeddingTable, vocabularyCount: Int, anchorIDs: [TokenID], options: Options = Options(),
    cache: AlignmentCache? = nil, progress: ((Double) -> Void)? = nil
  ) throws {
    try Self.check(embeddings, vocabularyCount, anchorIDs, options)
    let builder = FactoredBuilder(
      reader: EmbeddingRows(embeddings), vocabularyCount: vocabularyCount, anchorIDs: anchorIDs,
      options: options)
    let (outcome, problem) =
      try cache?.outcome(of: builder, progress: progress)
      ?? (builder.build(in: { try MemoryRegion(size: $0.byteCount) }, progress: progress), nil)
    self.init(outcome, embeddings: embeddings, anchorIDs: anchorIDs, options: options, cacheProblem: problem)
  }

  /// Takes over what was built or read.
  init(
    _ outcome: FactoredBuilder.Outcome, embeddings: any EmbeddingTable, anchorIDs: [TokenID], options: Options,
    cacheProblem: RelativeSpaceError?
  ) {
    diagnostics = outcome.diagnostics
    self.cacheProblem = cacheProblem
    anchorTokens = anchorIDs
    self.options = options
    reader = EmbeddingRows(embeddings)
    tables = FactoredTables(layout: outcome.layout, region: outcome.region)
    sharedRows = tables.sharedRows
    madeRowError = outcome.madeRowError
    rowCache = RowCache(capacity: options.rowCacheBytes / (4 * outcome.layout.anchors))
  }

  /// r = p·R̂, `[V] → [A]`, of what is kept; no row is made exact for it.
  ///
  /// - Complexity: O(V·(entries + rank) + A·rank).
  public func project(_ distribution: [Float]) -> [Float] {
    precondition(
      distribution.count == vocabularyCount,
      "\(distribution.count) probabilities do not fit \(vocabularyCount) tokens.")
    let tokens = distribution.indices.filter { distribution[$0] != 0 }
    return rows(of: tokens, own: [:], weights: nil).alignment.project(tokens.map { distribution[$0] })
  }

  /// R̂·y, `[A] → [V]`, of what is kept; no row is made exact for it.
  ///
  /// - Complexity: O(V·(entries + rank) + A·rank).
  public func pullBack(_ anchorValues: [Float]) -> [Float] {
    rows(of: Array(0..<vocabularyCount), own: [:], weights: nil).alignment.pullBack(anchorValues)
  }

  /// The rows of some tokens, those made exact that matter.
  ///
  /// - Throws: What reading embeddings throws.
  /// - Complexity: O(K·(entries + rank)), and O(A·d) for each row that must be made.
  public func narrowed(
    to tokens: [TokenID], probabilities: [Float], precision: NarrowingPrecision
  ) throws -> NarrowedRows {
    precondition(tokens.count == probabilities.count, "Every token has a probability.")
    let own = try exactRows(tokens, probabilities, precision)
    var bound = 0.0
    for (place, token) in tokens.enumerated() {
      bound += Double(probabilities[place] * (own[place] == nil ? tables.rowErrors[token] : madeRowError))
    }
    let rows = rows(of: tokens, own: own, weights: probabilities)
    return NarrowedRows(alignment: rows.alignment, errorBound: Float(min(bound + rows.moved, 2)))
  }

  /// The exact rows of the tokens whose errors weigh most, until what is left is tolerable.
  private func exactRows(
    _ tokens: [TokenID], _ probabilities: [Float], _ precision: NarrowingPrecision
  ) throws -> [Int: RowMemory] {
    let errors = tokens.indices.map { probabilities[$0] * tables.rowErrors[tokens[$0]] }
    var remaining = errors.reduce(0.0) { $0 + Double($1) * Double($1) }
    let tolerable = Double(precision.tolerance) * Double(precision.tolerance)
    guard remaining > tolerable else { return [:] }
    var own: [Int: RowMemory] = [:]
    var missing: [Int] = []
    for place in topK(Self.consideredRows, of: errors) where remaining > tolerable {
      if let known = rowCache[tokens[place]] {
        own[place] = known
      } else if missing.count < precision.newRows {
        missing.append(place)
      } else {
        continue
      }
      remaining -= Double(errors[place]) * Double(errors[place])
    }
    guard !missing.isEmpty else { return own }
    let directions = try reader.directions(of: missing.map { tokens[$0] }).rows
    for (place, row) in zip(missing, tables.makeRows(directions: directions, options: options.cosine)) {
      rowCache.keep(row, of: tokens[place])
      own[place] = row
    }
    return own
  }

  /// How many of the tokens whose errors weigh most may have rows of their own in one step: each is one more row in every pass.
  private static let consideredRows = 24
  /// A large entry that adds less than this to a relative distribution goes to the base row.
  private static let leastEntry: Float = 1e-7

  /// What is kept of some tokens' rows.
  ///
  /// - Parameters:
  ///   - own: Exact rows, by the token's place.
  ///   - weights: How likely the tokens are, so that entries which add next to nothing can be left out; `nil` for all entries.
  /// - Returns: The rows, and how far that may take a relative distribution at most.
  private func rows(
    of tokens: [TokenID], own: [Int: RowMemory], weights: [Float]?
  ) -> (alignment: NarrowedAlignment, moved: Double) {
    var moved = 0.0
    let shared = tables.layout.sharedRows
    var coefficients = Matrix(rows: tokens.count, columns: shared)
    var entries = NarrowedAlignment.Entries()
    entries.starts.reserveCapacity(tokens.count + 1)
    for (place, token) in tokens.enumerated() {
      if own[place] == nil {
        for column in 0..<shared { coefficients[place, column] = tables.coefficients[token * shared + column] }
        let (anchors, values) = (tables.entryAnchors(of: token), tables.entryValues(of: token))
        let least = weights.map { Self.leastEntry / max($0[place], Self.leastWeight) } ?? 0
        // Entries are sorted: what the small ones have goes to the base row.
        let kept = values.firstIndex { $0 < least } ?? values.count
        let small = values[kept...].reduce(0, +)
        coefficients[place, 0] += small
        moved += 2 * Double((weights?[place] ?? 0) * small)
        entries.anchors.append(contentsOf: anchors[..<kept])
        entries.values.append(contentsOf: values[..<kept])
      }
      entries.starts.append(entries.anchors.count)
    }
    let owners = own.keys.sorted()
    let alignment = NarrowedAlignment(
      anchorCount: anchorCount, entries: entries, rows: .memory(sharedRows + owners.compactMap { own[$0] }),
      coefficients: coefficients, owners: owners)
    return (alignment, moved)
  }

  /// A token that a search may make likelier counts as this likely at least.
  private static let leastWeight: Float = 1e-4

  static func check(
    _ embeddings: any EmbeddingTable, _ vocabularyCount: Int, _ anchorIDs: [TokenID], _ options: Options
  ) throws {
    guard options.entries >= 0, options.entries <= 4096, options.rank >= 0, options.rowCacheBytes >= 0 else {
      throw RelativeSpaceError(
        .invalidOption,
        "An alignment cannot keep \(options.entries) entries, \(options.rank) deviations and \(options.rowCacheBytes) bytes of rows",
        remedy: "Use 0 to 4096 entries, and a rank and a number of bytes that are zero or larger."
      )
    }
    try CosineAlignment.check(embeddings, vocabularyCount, anchorIDs, options.cosine)
    guard embeddings.dimension <= CodedRows.longestRow else {
      throw RelativeSpaceError(
        .sizeMismatch, "Token vectors of \(embeddings.dimension) elements are longer than \(CodedRows.longestRow)",
        remedy: "Use the dense alignment for this model.")
    }
    let layout = FactoredLayout(
      tokens: vocabularyCount, anchors: anchorIDs.count, dimension: embeddings.dimension,
      entries: min(options.entries, anchorIDs.count), sharedRows: options.rank + 1)
    let limit = options.cosine.memoryLimit ?? physicalMemory
    guard layout.isPlausible, layout.byteCount <= limit else {
      throw RelativeSpaceError(
        .memoryLimit,
        "An alignment of \(vocabularyCount) tokens × \(anchorIDs.count) anchors takes \(layout.byteCount) bytes, more than the \(limit) allowed",
        remedy: "Select fewer anchors, or raise the memory limit.")
    }
  }
}
