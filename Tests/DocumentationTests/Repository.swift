import DocumentSupport
import Foundation

/// The repository that these tests are part of.
enum Repository {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every document.
  static func documents() throws -> [Document] { try Document.all(in: folder) }

  /// A file's text.
  static func text(of path: String) throws -> String {
    try String(contentsOf: folder.appending(path: path), encoding: .utf8)
  }

  /// Returns whether a file or folder exists.
  static func holds(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: path).path)
  }

  /// The names of all files and folders, a module's among them.
  static func fileNames() -> Set<String> {
    let files = FileManager.default.enumerator(
      at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    return Set((files?.compactMap { $0 as? URL } ?? []).map(\.lastPathComponent))
  }

  /// All Swift files below some folders.
  static func swiftFiles(in folders: String...) throws -> [(path: String, text: String)] {
    try folders.flatMap { name in
      let files = FileManager.default.enumerator(
        at: folder.appending(path: name), includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
      return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }.map {
        ($0.path, try String(contentsOf: $0, encoding: .utf8))
      }
    }
  }
}
