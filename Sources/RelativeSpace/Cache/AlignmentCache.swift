internal import Foundation

/// A folder of alignments that were built before, so that the same one need not be built again.
///
/// A ``FactoredCosineAlignment`` takes minutes to build for large vocabularies, and a fraction of a second to read. Its
/// key is computed from its inputs: the embeddings' content, the anchors' identifiers in their order, the number of
/// tokens, and the options that affect its numbers. (The other models' content enters through the anchors alone.) Where
/// any of them changes, or this package builds alignments in another way, another file is written.
///
/// - Files are mapped into memory and checked in full each time they are opened. A file that is truncated, damaged, or
///   from a machine with another byte order is not used; the alignment is built again and the file replaced. Checksums
///   guard against accidents, not against someone who may write to the folder.
/// - A file appears complete or not at all: an interrupted process leaves nothing that would be read later. Several
///   processes may use a folder at the same time.
/// - The most recently used files are kept, up to ``byteLimit``; a file in use stays valid when it is removed. It must
///   not be written to or shortened.
/// - The content hash of an embedding table is stored by its `EmbeddingTable.origin`, so that an unchanged model file
///   is not read again. A table without an origin is read each time.
/// - A folder that cannot be used is not an error: the alignment is built, and reports the problem
///   (``FactoredCosineAlignment/cacheProblem``).
///
/// The numbers are those computed on the machine that built the alignment; another machine's would differ by rounding.
public struct AlignmentCache: Sendable, Hashable {
  /// The folder's path. It is created on first use; files of other kinds in it are not touched.
  public var folder: String
  /// The maximum total size of the folder's files in bytes.
  public var byteLimit: Int

  /// Creates a description of a cache; nothing is read or written.
  public init(folder: String, byteLimit: Int = 8 << 30) {
    self.folder = folder
    self.byteLimit = byteLimit
  }

  /// The user's own cache: `$XDG_CACHE_HOME/swift-deepen-alignments`, or `~/.cache/swift-deepen-alignments`; on Apple's
  /// systems, `swift-deepen-alignments` among the user's caches.
  ///
  /// Where the system names no such folder, the path is empty, and using it reports that.
  public static var standard: AlignmentCache {
    AlignmentCache(folder: standardFolder(ProcessInfo.processInfo.environment) ?? "")
  }

  static func standardFolder(_ environment: [String: String]) -> String? {
    let name = "/swift-deepen-alignments"
    #if canImport(Darwin)
      return FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first.map { $0.path + name }
    #else
      // The specification of XDG_CACHE_HOME says that relative paths are ignored.
      if let caches = environment["XDG_CACHE_HOME"], caches.hasPrefix("/") { return caches + name }
      guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
      return home + "/.cache" + name
    #endif
  }

  /// Removes all alignments and the stored hashes of embedding tables.
  ///
  /// Alignments in use stay valid. The folder itself stays.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache` where the folder cannot be read or a file not removed.
  public func removeAll() throws {
    let folder = CacheFolder(path: folder)
    for file in try folder.files() { try folder.remove(file.name) }
  }
}
