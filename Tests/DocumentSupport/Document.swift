package import Foundation

/// A document with code in it: a Markdown file, or a Swift file with comments.
package struct Document {
  /// The path relative to the repository.
  package let path: String
  /// The text between code of a Markdown file, line by line; empty lines instead of code.
  package let prose: [String]
  /// The code that is read from top to bottom as one: all of a Markdown file's, or one comment's.
  package let passages: [[CodeBlock]]

  /// Reads a document.
  ///
  /// - Parameter repository: The folder to which the path is relative.
  package init(_ path: String, in repository: URL) throws {
    let text = try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    self.init(path: path, text: text)
  }

  /// Creates a document from a text.
  package init(path: String, text: String) {
    self.path = path
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard path.hasSuffix(".swift") else {
      var blocks: [CodeBlock] = []
      prose = CodeBlock.take(from: lines, startingAt: 1, into: &blocks)
      passages = blocks.isEmpty ? [] : [blocks]
      return
    }
    var passages: [[CodeBlock]] = []
    for comment in Self.comments(in: lines) {
      var blocks: [CodeBlock] = []
      _ = CodeBlock.take(from: comment.lines, startingAt: comment.start, into: &blocks)
      if !blocks.isEmpty { passages.append(blocks) }
    }
    prose = []
    self.passages = passages
  }

  /// Whether the document contains Swift.
  package var holdsSwift: Bool { passages.joined().contains { $0.language == "swift" } }

  /// The module whose documentation this is, if it is one's.
  package var module: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  /// The documents of a repository: every Markdown file, and the Swift files of the modules.
  package static func all(in repository: URL) throws -> [Document] {
    try paths(in: repository).map { try Document($0, in: repository) }
  }

  /// Documentation comments, without their slashes.
  private static func comments(in lines: [String]) -> [(start: Int, lines: [String])] {
    var comments: [(start: Int, lines: [String])] = []
    var isOpen = false
    for (index, line) in lines.enumerated() {
      let text = line.drop { $0 == " " }
      guard text.hasPrefix("///") else {
        isOpen = false
        continue
      }
      if !isOpen { comments.append((index + 1, [])) }
      isOpen = true
      let words = text.dropFirst(3)
      comments[comments.count - 1].lines.append(String(words.hasPrefix(" ") ? words.dropFirst() : words))
    }
    return comments
  }

  private static func paths(in repository: URL) -> [String] {
    let folder = repository.standardizedFileURL.path
    let files = FileManager.default.enumerator(
      at: repository.standardizedFileURL, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    let paths = (files?.compactMap { $0 as? URL } ?? []).map { String($0.path.dropFirst(folder.count + 1)) }
    return paths.filter { $0.hasSuffix(".md") || ($0.hasPrefix("Sources/") && $0.hasSuffix(".swift")) }.sorted()
  }
}
