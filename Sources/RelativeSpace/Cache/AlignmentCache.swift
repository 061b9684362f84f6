internal import Foundation

/// A folder of alignments that were built before, so that the same one need not be built again.
///
/// A ``FactoredCosineAlignment`` takes minutes to build for large vocabularies, and a fraction of a second to read. It is known by what
/// it was built from: the embeddings' content, the anchors' identifiers in their order, the number of tokens, and the options that
/// decide its numbers. (The other models' content enters through the anchors alone.) Where any of it changes, or this package builds
/// alignments in another way, another file is written.
///
/// - Files are mapped into memory and checked as a whole each time they are opened. One that is cut short, damaged, or from a machine
///   with another order of bytes is not used; it is built anew and replaced. Checksums guard against accidents, not against someone
///   who may write to the folder.
/// - A file appears whole or not at all: whatever interrupts a process leaves nothing that would be read later. Several processes
///   may use a folder at the same time.
/// - Files used last are kept, up to ``byteLimit``; a file in use stays valid when it is removed. It must not be written to or
///   shortened.
/// - What an embedding table contains is remembered by its `EmbeddingTable.origin`, so that an unchanged model file
///   is not read again. A table without one is read each time.
/// - A folder that cannot be used fails nothing: the alignment is built, and says so (``FactoredCosineAlignment/cacheProblem``).
///
/// The numbers are those that the machine computed which built the alignment; another one's product would differ by rounding.
public struct AlignmentCache: Sendable, Hashable {
  /// The folder's path. It is created when it is first used; files of other kinds in it are left alone.
  public var folder: String
  /// How many bytes the folder's files may take together.
  public var byteLimit: Int

  /// Describes a cache; nothing is read or written.
  public init(folder: String, byteLimit: Int = 8 << 30) {
    self.folder = folder
    self.byteLimit = byteLimit
  }

  /// The user's own: `$XDG_CACHE_HOME/swift-deepen-alignments`, or `~/.cache/swift-deepen-alignments`; on Apple's systems,
  /// `swift-deepen-alignments` among the user's caches.
  ///
  /// Where the system names no such folder, the path is empty, and using it says so.
  public static var standard: AlignmentCache {
    AlignmentCache(folder: standardFolder(ProcessInfo.processInfo.environment) ?? "")
  }

  static func standardFolder(_ environment: [String: String]) -> String? {
    let name = "/swift-deepen-alignments"
    #if canImport(Darwin)
      return FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first.map { $0.path + name }
    #else
      // The specification of XDG_CACHE_HOME has relative paths ignored.
      if let caches = environment["XDG_CACHE_HOME"], caches.hasPrefix("/") { return caches + name }
      guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
      return home + "/.cache" + name
    #endif
  }

  /// Removes all alignments and what is remembered of embedding tables.
  ///
  /// Alignments in use stay valid. The folder itself stays.
  ///
  /// - Throws: ``RelativeSpaceError`` with the code `cache` where the folder cannot be read or a file not removed.
  public func removeAll() throws {
    let folder = CacheFolder(path: folder)
    for file in try folder.files() { try folder.remove(file.name) }
  }
}
