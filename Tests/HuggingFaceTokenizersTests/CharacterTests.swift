import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

@Suite("Same classes of characters as the library that writes the files")
struct CharacterTests {
  /// The scalars, apart from long ranges of letters, of unassigned and of private-use characters.
  static let scalars = [
    0...0x33FF, 0x4DB0...0x4E10, 0x9FF0...0xAC10, 0xD7A0...0xE010, 0xF8F0...0x12010, 0x123F0...0x13010,
    0x13420...0x13470, 0x16800...0x17010, 0x1AFF0...0x20010, 0xE0000...0xE01FF, 0x10FFF0...0x10FFFF,
  ].flatMap { (range: ClosedRange<UInt32>) in range.compactMap(Unicode.Scalar.init) }

  private func check(_ name: String, _ holds: (Unicode.Scalar) -> Bool) throws {
    let ends = try Fixture.document("characters.json").required(name).elements().map { UInt32(try $0.count()) }
    let expected = Set(stride(from: 0, to: ends.count, by: 2).flatMap { ends[$0]...ends[$0 + 1] })
    // Swift and the library have tables of Unicode 16 or a later version; later characters are not compared.
    let wrong = CharacterTests.scalars.filter { scalar in
      holds(scalar) != expected.contains(scalar.value) && (scalar.properties.age?.major ?? 0) <= 16
    }
    #expect(wrong.isEmpty, "\(name): \(wrong.count) \(wrong.prefix(100).map { String($0.value, radix: 16) })")
  }

  @Test("By properties")
  func properties() throws {
    try check("accent") { $0.isAccent }
    try check("changedByLowercase") { $0.properties.lowercaseMapping != String($0) }
    try check("punctuation") { $0.isPunctuation }
    try check("number") { $0.isNumeric }
    try check("space") { $0.isSpace }
    try check("word") { $0.isWord }
  }

  @Test("By BERT's clean-up")
  func bert() throws {
    let cleaning = try normalizer(
      #"{"clean_text":true,"handle_chinese_chars":false,"strip_accents":false,"lowercase":false}"#)
    let stripping = try normalizer(
      #"{"clean_text":false,"handle_chinese_chars":false,"strip_accents":true,"lowercase":false}"#)
    try check("bertDropped") { cleaning($0) == "ab" }
    try check("bertSpace") { cleaning($0) == "a b" }
    try check("bertMark") { stripping($0) == "ab" }
  }

  private func normalizer(_ settings: String) throws -> (Unicode.Scalar) -> String {
    let field = JSONField(value: try JSONReader.read(Array(settings.utf8), file: "test"), file: "test", location: "")
    let normalizer = try BertNormalizer(field)
    return { scalar in
      var text = Array("a".utf8)
      text.append(scalar)
      var piece = Piece(text: (text + Array("b".utf8))[...], position: .start)
      normalizer.apply(to: &piece, strays: nil)
      return piece.text.string
    }
  }

  @Test("By regular expressions")
  func expressions() throws {
    let field = JSONField(value: .null, file: "test", location: "")
    for (name, expression) in [
      ("letterExpression", #"\p{L}"#), ("numberExpression", #"\p{N}"#), ("spaceExpression", #"\s"#),
      ("wordExpression", #"\w"#), ("wordSetExpression", #"[\w]"#), ("punctuationSetExpression", #"[[:punct:]]"#),
      ("hexadecimalExpression", #"\p{XDigit}"#),
    ] {
      var text: [UInt8] = []
      for scalar in CharacterTests.scalars { text.append(scalar) }
      let matches = Set(try Pattern(expression: expression, at: field).matches(in: text[...]).map(\.lowerBound))
      var index = 0
      var found: Set<UInt32> = []
      for scalar in CharacterTests.scalars {
        if matches.contains(index) { found.insert(scalar.value) }
        index += text.scalarLength(at: index)
      }
      try check(name) { found.contains($0.value) }
    }
  }
}
