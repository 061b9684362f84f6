import BackendSupport
import Foundation
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

/// Cases with the library's ids, beside the repository where they are installed.
enum SharedCases {
  static let folder: URL = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/cases")
  static let exist: Bool = FileManager.default.fileExists(
    atPath: SharedCases.folder.appending(path: "normal_forms.json").path)
}

@Suite("Normal forms")
struct NormalFormTests {
  /// Unicode's own conformance file, as Debian's package `unicode-data` installs it.
  static let file = ["txt", "txt.bz2"].map { "/usr/share/unicode/NormalizationTest.\($0)" }
    .first(where: FileManager.default.fileExists)

  private static func contents(of file: String) throws -> String {
    guard file.hasSuffix(".bz2") else { return try String(contentsOfFile: file, encoding: .utf8) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["bzip2", "-dc", file]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "bzip2 cannot read \(file).")
    return text
  }

  private func normalized(_ form: NormalForm, _ text: String) -> String {
    String(decoding: form.normalized(Array(text.utf8)[...]), as: UTF8.self)
  }

  /// Strings are compared by their scalars: Swift's own comparison would call all forms equal.
  private func expect(_ form: NormalForm, of texts: [String], is expected: String, _ line: Substring) {
    for text in texts {
      let found = normalized(form, text)
      #expect(found.unicodeScalars.elementsEqual(expected.unicodeScalars), "\(form.rawValue): \(line)")
    }
  }

  @Test(
    "Unicode's conformance file", .enabled(if: file != nil, "Install Debian's unicode-data for NormalizationTest.txt."))
  func conformance() throws {
    var listed: Set<Unicode.Scalar> = []
    var part = ""
    var count = 0
    for line in try Self.contents(of: #require(Self.file)).split(separator: "\n") where !line.hasPrefix("#") {
      if line.hasPrefix("@") {
        part = String(line.prefix { $0 != " " })
        continue
      }
      let columns = line.split(separator: ";").prefix(5).map { column in
        String(String.UnicodeScalarView(column.split(separator: " ").map { Unicode.Scalar(UInt32($0, radix: 16)!)! }))
      }
      if part == "@Part1" { listed.insert(columns[0].unicodeScalars.first!) }
      // The tables are of Unicode 9.0; the file may be of a later version.
      guard columns.joined().unicodeScalars.allSatisfy({ $0.properties.age.map { $0.major <= 9 } ?? false }) else {
        continue
      }
      count += 1
      expect(.composed, of: Array(columns[0...2]), is: columns[1], line)
      expect(.composed, of: Array(columns[3...4]), is: columns[3], line)
      expect(.decomposed, of: Array(columns[0...2]), is: columns[2], line)
      expect(.decomposed, of: Array(columns[3...4]), is: columns[4], line)
      expect(.compatibilityComposed, of: columns, is: columns[3], line)
      expect(.compatibilityDecomposed, of: columns, is: columns[4], line)
    }
    #expect(count > 18_000)
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value), !listed.contains(scalar) else { continue }
      let bytes = Array(UTF8.encode(scalar)!)
      for form in NormalForm.allCases where form.normalized(bytes[...]) != bytes {
        Issue.record("\(form.rawValue) changes \(String(value, radix: 16)).")
      }
    }
  }

  @Test(
    "Normalisers give the library's results for random texts",
    arguments: [
      "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "Strip", "BertNormalizer",
    ])
  func library(name: String) throws {
    let field = JSONField(
      value: try JSONReader.read(Array(#"{"type":"\#(name)"}"#.utf8), file: "test"), file: "test", location: "")
    let normalizer = try field.normalizer()
    let document = try Fixture.document("normalized.json")
    let texts = try document.required("texts").elements().map { try $0.bytes() }
    #expect(texts.count > 700)
    for (text, expected) in zip(texts, try document.required(name).elements()) {
      var piece = Piece(text: text[...], position: .start)
      normalizer.apply(to: &piece, strays: nil)
      #expect(Array(piece.text) == (try expected.bytes()), "\(name): \(text[...].string.debugDescription)")
    }
  }

  @Test(
    "Cases outside the repository",
    .enabled(
      if: SharedCases.exist,
      "The folder ../shared/cases is absent."))
  func sharedCases() throws {
    let bytes = [UInt8](try Data(contentsOf: SharedCases.folder.appending(path: "normal_forms.json")))
    let document = JSONField(value: try JSONReader.read(bytes, file: "cases"), file: "cases", location: "")
    for item in try document.elements() {
      let form = try #require(NormalForm(rawValue: item.required("form").text()))
      let text = try item.required("text").bytes()
      #expect(form.normalized(text[...]) == (try item.required("normal form").bytes()))
      let file = SharedCases.folder.appending(path: "byte_level_\(form.rawValue).tokenizer.json")
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let read = try HuggingFaceTokenizer(file: file.path).encode(text, options: EncodingOptions())
      #expect(read == (try item.required("library ids").ids()))
    }
  }

  @Test("Halves of Korean syllables, long runs of marks, and marks of the same class")
  func cases() {
    let marks = String(String.UnicodeScalarView((0x300...0x343).map { Unicode.Scalar(UInt32($0))! }))
    let cases: [(NormalForm, String, String)] = [
      (.compatibilityComposed, "\u{FF76}\u{FF9E}", "\u{30AC}"),
      (.compatibilityComposed, "\u{FFA1}\u{FFC2}", "\u{AC00}"),
      (.compatibilityComposed, "\u{1112}\u{314F}\u{3134}", "\u{D558}\u{1102}"),
      (.decomposed, "\u{E3}\u{F75}", "a\u{F71}\u{F74}\u{303}"), (.composed, "\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
      (.composed, "\u{AC00}\u{11A7}", "\u{AC00}\u{11A7}"), (.composed, "\u{2126}\u{958}", "\u{3A9}\u{915}\u{93C}"),
      (.composed, "e\u{E000}\u{301}", "e\u{E000}\u{301}"), (.decomposed, "\u{11938}", "\u{11938}"),
    ]
    for (form, text, expected) in cases { expect(form, of: [text], is: expected, "\(text.debugDescription)") }
    // All 68 marks are kept, in the order of their classes.
    #expect(normalized(.decomposed, "o" + marks).unicodeScalars.count == 1 + 68)
    #expect(
      normalized(.composed, "o" + marks + "\u{300}").unicodeScalars.prefix(7).map(\.value)
        == [0x1EDD, 0x334, 0x335, 0x336, 0x337, 0x338, 0x321])
  }
}
