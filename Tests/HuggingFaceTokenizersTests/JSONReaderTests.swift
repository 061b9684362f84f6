import Testing

@testable import HuggingFaceTokenizers

@Suite("JSON")
struct JSONReaderTests {
  private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8), file: "test.json") }
  private func string(_ text: String) -> JSONValue { .string(Array(text.utf8)) }

  @Test("Reads every kind of value")
  func values() throws {
    let value = try read(" {\"a\": [1, -2.5e1, 0, true, false, null, \"x\"], \"b\": {}, \"c\": []} ")
    let expected: [JSONValue] = [.number(1), .number(-25), .number(0), .bool(true), .bool(false), .null, string("x")]
    #expect(
      value
        == .object(
          JSONObject(members: [
            .init(key: Array("a".utf8), value: .array(expected)),
            .init(key: Array("b".utf8), value: .object(JSONObject(members: []))),
            .init(key: Array("c".utf8), value: .array([])),
          ])))
    #expect(try read("\u{FEFF}1") == .number(1))
  }

  @Test("Reads escapes")
  func escapes() throws {
    #expect(try read(#""\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude42""#) == string("\"\\/\u{8}\u{C}\n\r\tAé€🙂"))
    #expect(try read(#""\u0000""#) == .string([0]))
  }

  @Test("Keeps keys distinct that are equal as Swift strings")
  func canonicalEquivalence() throws {
    guard case .object(let object) = try read("{\"é\": 1, \"e\\u0301\": 2}") else { return #expect(Bool(false)) }
    #expect(object.members.count == 2)
    #expect(object["é"] == .number(1))
    #expect(object["e\u{301}"] == .number(2))
  }

  @Test(
    "Refuses text that is not JSON",
    arguments: [
      ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\" 1}", 5), ("{a:1}", 1), ("01", 1), ("1.", 2), ("-", 1), ("1e", 2),
      ("1e999", 0), ("tru", 0), ("nulL", 0), ("\"a", 1), ("\"a\nb\"", 2), (#""\x""#, 2), (#""\u12G4""#, 5), ("1 2", 2),
      (#""\ud800""#, 3), (#""\ud800x""#, 3), (#""\ud800\n""#, 3), (#""\udc00""#, 3), (#""\ud800\ud800""#, 3),
      ("[1}", 2), ("{\"a\":1]", 6), ("'a'", 0),
    ])
  func faults(text: String, offset: Int) throws {
    let error = try #require(throws: TokenizerError.self) { try read(text) }
    #expect(error.code == .invalidJSON)
    #expect(error.location == "byte \(offset)", "\(text): \(error)")
  }

  @Test("Refuses strings that are not UTF-8")
  func invalidUTF8() throws {
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80]] {
      #expect(throws: TokenizerError.self) { try JSONReader.read([0x22] + bytes + [0x22], file: "test.json") }
    }
  }

  @Test("Refuses deep nesting instead of running out of stack")
  func depth() throws {
    let depth = JSONReader.maximumDepth
    #expect(throws: Never.self) {
      try read(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    }
    #expect(throws: TokenizerError.self) { try read(String(repeating: "[", count: 1_000_000)) }
    #expect(throws: TokenizerError.self) { try read(String(repeating: "{\"a\":", count: 1_000_000)) }
  }
}
