import DocumentSupport
import Foundation
import Testing

/// Links in documents lead to existing files and headings.
@Suite struct LinkTests {
  @Test func filesAndHeadingsAreThere() throws {
    var count = 0
    for document in try Repository.documents() where document.path.hasSuffix(".md") {
      let folder = Repository.folder.appending(path: document.path).deletingLastPathComponent()
      for match in document.prose.joined(separator: "\n").matches(of: /\]\(([^)\s]+)\)/) {
        let parts = match.1.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        guard !match.1.contains("://"), !match.1.hasPrefix("doc:") else { continue }
        count += 1
        let own = Repository.folder.appending(path: document.path)
        let file = parts[0].isEmpty ? own : folder.appending(path: parts[0])
        let isThere = FileManager.default.fileExists(atPath: file.path)
        #expect(isThere, "\(document.path): \(match.1)")
        if isThere, parts.count > 1 {
          let text = try String(contentsOf: file, encoding: .utf8)
          let hasHeading = Self.anchors(of: text).contains(parts[1])
          #expect(hasHeading, "\(document.path): \(match.1)")
        }
      }
    }
    #expect(count > 20)
  }

  /// The anchors that GitHub gives a page's headings.
  private static func anchors(of text: String) -> Set<String> {
    let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
    return Set(
      headings.map { heading in
        let title = heading.drop { $0 == "#" }.dropFirst().lowercased()
        return String(title.filter { $0.isLetter || $0.isNumber || "- _".contains($0) }.map { $0 == " " ? "-" : $0 })
      })
  }
}
