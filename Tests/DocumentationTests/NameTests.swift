import DocumentSupport
import Foundation
import Testing

/// Names in documents exist: types, members, test suites. Tests read the names in backticks.
@Suite struct NameTests {
  /// A trait, a library, an error of Swift's, and operators of ONNX.
  private static let others: Set<String> = [
    "LlamaCpp", "OpenBLAS", "CancellationError", "Gather", "GatherBlockQuantized", "MatMulNBits",
  ]
  private static let fileEndings: Set<String> = [
    "gguf", "onnx", "npy", "safetensors", "md", "html", "pc", "f32", "i32",
  ]

  private let declared: Set<String>
  private let files: Set<String>
  /// Names that are only static functions.
  private let needArguments: Set<String>

  init() throws {
    files = Repository.fileNames()
    let texts = try Repository.swiftFiles(in: "Sources", "Tests", "Examples", "Benchmarks").map(\.text)
    let sources = try Repository.swiftFiles(in: "Sources").map(\.text)
    let values: Set<Substring> = ["var", "let", "case"]
    let types: Set<Substring> = [
      "class", "struct", "enum", "protocol", "actor", "typealias", "associatedtype", "extension",
    ]
    declared = Self.words(in: texts) { _, word in word == "func" || values.contains(word) || types.contains(word) }
    needArguments = Self.words(in: sources) { $0 == "static" && $1 == "func" }
      .subtracting(Self.words(in: sources) { values.contains($1) })
  }

  /// The words that follow two others of a kind.
  private static func words(
    in texts: [String], after isWanted: (_ second: Substring, _ first: Substring) -> Bool
  ) -> Set<String> {
    var found: Set<String> = []
    for text in texts {
      var (second, first): (Substring, Substring) = ("", "")
      for word in text.utf8.split(whereSeparator: { !Self.belongsToName($0) }).map({ Substring($0) }) {
        if isWanted(second, first) { found.insert(String(word)) }
        (second, first) = (first, word)
      }
    }
    return found
  }

  private static func belongsToName(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
      || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
  }

  @Test func typesAndMembersExist() throws {
    var count = 0
    for document in try Repository.documents() where document.path.hasSuffix(".md") && document.path != "CHANGELOG.md" {
      for match in document.prose.joined(separator: "\n").matches(of: /(?:^|[^`])`([^`\n]+)`(?!`)/) {
        let name = String(match.1)
        guard !files.contains(name) else { continue }
        let whole = /(?<type>[A-Z]\w*[a-z]\w*)?(?:\.(?<member>[a-z]\w*))?(?<call>\(.*\))?/
        guard let parts = name.wholeMatch(of: whole), parts.output.type != nil || parts.output.member != nil else {
          continue
        }
        if parts.output.type == nil, Self.fileEndings.contains(parts.output.member.map(String.init) ?? "") { continue }
        count += 1
        for part in [parts.output.type, parts.output.member].compactMap({ $0 }).map(String.init) {
          let isKnown = declared.contains(part) || Self.others.contains(part)
          #expect(isKnown, "\(document.path): there is no \(part): \(name)")
        }
        if parts.output.type == nil, parts.output.call == nil, let member = parts.output.member {
          let isValue = !needArguments.contains(String(member))
          #expect(isValue, "\(document.path): \(name) is a function")
        }
      }
    }
    #expect(count > 200)
  }
}
