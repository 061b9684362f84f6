import ModelBackends

extension AlignmentCache {
  /// The approximate share of the work that is hashing the embeddings.
  private static let hashingShare = 0.02
  /// The share of the work that is done when an alignment has been built but not written.
  private static let builtShare = 0.98

  /// The alignment that a builder would build: read from the cache where possible, else built and written.
  ///
  /// - Returns: The alignment, and the problem that kept the cache from being used, if there was one.
  /// - Throws: The builder's errors.
  func outcome(
    of builder: FactoredBuilder, progress: ((Double) -> Void)?
  ) throws -> (outcome: FactoredBuilder.Outcome, problem: RelativeSpaceError?) {
    try Task.checkCancellation()
    let folder = CacheFolder(path: folder)
    do {
      try folder.prepare()
    } catch let error as RelativeSpaceError where error.code == .cache {
      return (try builder.build(in: makeRegion, progress: progress), error)
    }
    var problem: RelativeSpaceError?
    let content = try EmbeddingDigest(reader: builder.reader, count: builder.vocabularyCount).content(
      in: folder, progress: { progress?(Self.hashingShare * $0) }, report: { problem = $0 })
    let file = AlignmentFile(folder: folder, key: builder.key(content: content))
    do {
      if let outcome = try file.read(fits: builder.fits) {
        progress?(1)
        return (outcome, problem)
      }
    } catch let error as RelativeSpaceError where error.code == .cache {
      problem = error
    }
    let outcome = try builder.build(in: makeRegion) { share in
      progress?(Self.hashingShare + (Self.builtShare - Self.hashingShare) * share)
    }
    do {
      try keep(outcome, in: file)
    } catch let error as RelativeSpaceError where error.code == .cache {
      problem = error
    }
    progress?(1)
    return (outcome, problem)
  }

  private func keep(_ outcome: FactoredBuilder.Outcome, in file: AlignmentFile) throws {
    let size = AlignmentHeader.length(for: outcome.layout) + outcome.layout.byteCount
    guard size <= byteLimit else {
      throw RelativeSpaceError(
        .cache, "An alignment of \(size) bytes is larger than the cache, which may have \(byteLimit)",
        remedy: "Raise byteLimit, or switch the cache off.")
    }
    try file.write(outcome)
    try file.folder.tidy(limit: byteLimit, keeping: file.name)
  }

  private func makeRegion(_ layout: FactoredLayout) throws -> MemoryRegion {
    try MemoryRegion(size: layout.byteCount)
  }
}

extension FactoredBuilder {
  /// The cache key of an alignment: everything that its numbers depend on.
  func key(content: ContentHash) -> ContentHash {
    var hasher = ContentHasher()
    hasher.combine(Self.version)
    hasher.combine(Int(AlignmentHeader.version))
    hasher.combine(content)
    hasher.combine(vocabularyCount)
    anchorIDs.withUnsafeBytes { hasher.combine($0) }
    hasher.combine(options.cosine.temperature)
    hasher.combine(options.cosine.normalisesRows ? 1 : 0)
    hasher.combine(options.entries)
    hasher.combine(options.rank)
    hasher.combine(options.quantisedRowBytes)
    return hasher.hash
  }

  /// Returns `true` where an alignment of some layout can be the requested one.
  func fits(_ layout: FactoredLayout) -> Bool {
    layout.tokens == vocabularyCount && layout.anchors == anchorIDs.count
      && layout.dimension == reader.table.dimension && layout.entries == min(options.entries, anchorIDs.count)
      && 1...options.rank + 1 ~= layout.sharedRows
      && 0...options.quantisedRowBytes / layout.quantisedRowSize ~= layout.quantisedRows
  }
}
