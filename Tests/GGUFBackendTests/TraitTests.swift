import Foundation
import Testing

/// Without the trait the module has the same public names, whose initialisers say that it is missing (`ConsumerTests`
/// of DeePEn checks the compiler's message).
@Suite struct TraitTests {
  @Test func theSameNamesStandWithAndWithoutTheTrait() throws {
    let folder = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources/GGUFBackend")
    let texts = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
    let with = texts.filter { $0.hasPrefix("#if LlamaCpp\n") }.flatMap(Self.names).sorted()
    let without = texts.filter { $0.contains("#if !LlamaCpp\n") }.flatMap(Self.names).sorted()
    #expect(with.count > 15)
    #expect(with == without)
  }

  /// The public declarations of a file, with the parameters of functions; whether a property is stored or computed does
  /// not matter.
  private static func names(in text: String) -> [String] {
    let declaration =
      /public (?:static |convenience |final )*(init|(?:func|var|let|class|struct|enum) \w+)/
    return text.matches(of: declaration).map { match in
      let words = match.1.split(separator: " ")
      let rest = text[match.range.upperBound...]
      let kinds = ["let": "var", "class": "type", "struct": "type", "enum": "type"]
      let name = words.dropFirst().reduce(kinds[String(words[0])] ?? String(words[0])) { "\($0) \($1)" }
      guard rest.hasPrefix("(") else { return name }
      var depth = 0
      let parameters = rest.prefix { character in
        depth += character == "(" ? 1 : character == ")" ? -1 : 0
        return depth > 0
      }
      return name + parameters.split(whereSeparator: \.isWhitespace).joined(separator: " ") + ")"
    }
  }
}
