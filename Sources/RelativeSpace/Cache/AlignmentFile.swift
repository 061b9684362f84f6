internal import Foundation

/// A built alignment in a file.
struct AlignmentFile {
  let folder: CacheFolder
  let key: ContentHash

  /// The file's name.
  var name: String { key.digits + CacheFolder.Kind.alignment.ending }

  /// Maps the alignment into memory and checks all of it; `nil` where there is no file.
  ///
  /// - Parameter fits: Whether an alignment of some layout can be the requested one.
  /// - Throws: ``RelativeSpaceError`` with the code `cache` where the file cannot be read, or is damaged.
  func read(fits: (FactoredLayout) -> Bool) throws -> FactoredBuilder.Outcome? {
    guard let (descriptor, size) = try folder.open(name) else { return nil }
    defer { close(descriptor) }
    do {
      let layout = try AlignmentHeader.layout(
        try folder.read(descriptor, count: min(size, AlignmentHeader.fixedLength), name: name))
      let length = AlignmentHeader.length(for: layout)
      guard fits(layout), size == length + layout.byteCount else {
        throw AlignmentHeader.Damage(problem: "has \(size) bytes and sizes that do not fit")
      }
      let header = try AlignmentHeader(
        try folder.read(descriptor, count: length, name: name), layout: layout)
      guard header.key == key else { throw AlignmentHeader.Damage(problem: "holds another alignment") }
      let region = try MemoryRegion(mapping: descriptor, size: size, from: length)
      guard AlignmentHeader.checksums(of: UnsafeRawBufferPointer(region.bytes)) == header.checksums else {
        throw AlignmentHeader.Damage(problem: "has numbers with a wrong checksum")
      }
      folder.touch(name)
      return FactoredBuilder.Outcome(
        layout: layout, region: region, diagnostics: header.diagnostics, computedRowErrors: header.computedRowErrors)
    } catch let damage as AlignmentHeader.Damage {
      throw RelativeSpaceError(
        .cache, "The cached alignment \(folder.path)/\(name) \(damage.problem) and was not used",
        remedy: "It was rebuilt and replaced. Where this happens again, check the disk.")
    }
  }

  /// Writes an alignment that was built.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache`; `CancellationError`.
  func write(_ outcome: FactoredBuilder.Outcome) throws {
    let bytes = UnsafeRawBufferPointer(rebasing: outcome.region.bytes[..<outcome.layout.byteCount])
    let header = AlignmentHeader(
      key: key, layout: outcome.layout, diagnostics: outcome.diagnostics, computedRowErrors: outcome.computedRowErrors,
      checksums: AlignmentHeader.checksums(of: bytes))
    try header.bytes.withUnsafeBytes { try folder.write(name, [$0, bytes]) }
  }
}
