import BackendSupport
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

@Suite("The library's rules for tokens and characters")
struct LibraryRuleTests {
  private typealias Added = (id: Int, content: String, isSpecial: Bool)

  private func tokenizer(
    _ vocabulary: String, added: [(id: Int, content: String, isSpecial: Bool)] = [], settings: String = "",
    components: String = "", missing: MissingCharacters = .dropped
  ) throws -> HuggingFaceTokenizer {
    let tokens = added.map {
      #"{"id":\#($0.id),"content":"\#($0.content)","special":\#($0.isSpecial),"normalized":false}"#
    }
    let json = #"""
      {\#(components)"added_tokens":[\#(tokens.joined(separator: ","))],
       "model":{"type":"BPE"\#(settings),"vocab":{\#(vocabulary)},"merges":[]}}
      """#
    return try HuggingFaceTokenizer(json: Array(json.utf8), options: .init(missingCharacters: missing))
  }

  private func ids(_ tokenizer: HuggingFaceTokenizer, _ text: String) throws -> [TokenID] {
    try tokenizer.encode(Array(text.utf8), options: EncodingOptions(readsControlTokens: true))
  }

  @Test("Added tokens get the ids after those that the model lists, whatever the file says")
  func numbers() throws {
    let plain = #""a":0,"b":1,"c":2"#
    #expect(try ids(tokenizer(plain, added: [(1, "<x>", true)]), "a<x>b") == [0, 3, 1])
    #expect(try ids(tokenizer(plain, added: [(7, "<x>", true), (9, "<y>", false)]), "a<x>b<y>") == [0, 3, 1, 4])
    #expect(try ids(tokenizer(plain, added: [(9, "<x>", true), (5, "<y>", false)]), "a<x>b<y>") == [0, 3, 1, 4])
    #expect(try ids(tokenizer(plain, added: [(7, "b", true), (9, "<y>", false)]), "ab<y>") == [0, 1, 3])
    #expect(
      try ids(tokenizer(plain, added: [(3, "<x>", true), (4, "<x>", false), (5, "<y>", false)]), "a<x>b<y>")
        == [0, 3, 1, 4])
    #expect(try ids(tokenizer(plain, added: [(3, "", true), (4, "<y>", false)]), "a<y>b") == [0, 3, 1])
    #expect(try ids(tokenizer(#""a":0,"b":1,"c":9"#, added: [(10, "<x>", true)]), "a<x>bc") == [0, 3, 1, 9])
    #expect(
      try ids(tokenizer(#""a":0,"b":1,"c":9"#, added: [(9, "c", true), (10, "<y>", false)]), "abc<y>") == [0, 1, 9, 3])
    #expect(try ids(tokenizer("", added: [(5, "<y>", false), (6, "<z>", false)]), "<y><z>") == [0, 1])
  }

  @Test("An id of the file that is in use does not replace the token")
  func clash() throws {
    let clashing = try tokenizer(#""a":0,"b":1,"c":2"#, added: [(1, "<x>", true)])
    #expect(clashing.vocabulary[1] == Token("b"))
    #expect(clashing.vocabulary[3] == Token("<x>", kind: .control))
    #expect(try clashing.encode("ab") == [0, 1])
    // Where the model leaves a gap, two tokens get one id; the model's token stays text.
    let shared = try tokenizer(#""a":0,"b":1,"c":3"#, added: [(8, "<x>", true), (9, "<y>", true)])
    #expect(try ids(shared, "a<x>c<y>") == [0, 3, 3, 4])
    #expect(shared.vocabulary[3] == Token("c"))
    #expect(try shared.encode("c") == [3])
  }

  /// A byte-level vocabulary without some bytes, with ids for the remaining ones.
  private func byteLevel(
    without missing: Set<UInt8>, _ choice: MissingCharacters = .dropped, normalizer: String = "null"
  ) throws -> (HuggingFaceTokenizer, (UInt8) -> TokenID) {
    let bytes = (UInt8.min...UInt8.max).filter { !missing.contains($0) }
    let entries = bytes.enumerated().map { index, byte in
      let spelling = String(ByteAlphabet.scalars[Int(byte)])
      return "\"\(spelling == "\"" || spelling == "\\" ? "\\" : "")\(spelling)\":\(index)"
    }
    let components = #"""
      "normalizer":\#(normalizer),"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
      "decoder":{"type":"ByteLevel"},
      """#
    let tokenizer = try tokenizer(entries.joined(separator: ","), components: components, missing: choice)
    return (tokenizer, { bytes.firstIndex(of: $0)! })
  }

  @Test("A byte-level vocabulary without a byte drops it, and says how many")
  func dropped() throws {
    let (tokenizer, id) = try byteLevel(without: [0x0D])
    let text = Array("a\r\nb \r c".utf8)
    let read = try tokenizer.encode(text, options: EncodingOptions())
    #expect(read == Array("a\nb  c".utf8).map(id))
    #expect(tokenizer.droppedCharacters(in: text) == 2)
    #expect(tokenizer.droppedCharacters(in: Array("a\nb".utf8)) == 0)
    #expect(tokenizer.droppedCharacters(in: ContextText(prompt: RenderedPrompt("a\r"), answer: Array("\rb".utf8))) == 2)
  }

  @Test("Or refuses it; the error names the text's bytes")
  func refused() throws {
    func problem(_ text: [UInt8], without missing: Set<UInt8>, normalizer: String = "null") throws -> String {
      let (tokenizer, _) = try byteLevel(without: missing, .refused, normalizer: normalizer)
      #expect(tokenizer.droppedCharacters(in: text) == 0)
      let error = try #require(throws: TokenizerError.self) { try tokenizer.encode(text, options: EncodingOptions()) }
      #expect(error.code == .inexpressible)
      #expect(error.remedy.contains("drops"))
      return error.problem
    }
    #expect(try problem(Array("ab\rc\r".utf8), without: [0x0D]) == "has no token for the bytes 0D")
    #expect(try problem([0x61, 0x04, 0x62], without: [0x04]) == "has no token for the bytes 04")
    #expect(try problem(Array("aéb".utf8), without: [0xA9]) == "has no token for the bytes C3 A9")
    // The normaliser's output is not part of the text.
    let composed = #"{"type":"NFC"}"#
    #expect(
      try problem(Array("ae\u{301}b".utf8), without: [0xA9], normalizer: composed)
        == "has no token for the bytes 65 CC 81")
    let compatible = #"{"type":"NFKC"}"#
    #expect(
      try problem(Array("x①".utf8), without: [0x31], normalizer: compatible) == "has no token for the bytes E2 91 A0")
  }

  @Test("A byte of an incomplete character is still an error")
  func strays() throws {
    let (tokenizer, id) = try byteLevel(without: [0xC3])
    #expect(try tokenizer.encode(Array("é".utf8), options: EncodingOptions()) == [id(0xA9)])
    let error = try #require(throws: TokenizerError.self) {
      try tokenizer.encode([0x61, 0xC3], options: EncodingOptions())
    }
    #expect(error.problem == "has no token for the bytes C3")
  }

  @Test("An unknown token or bytes represent a character first; a named one that is missing is an error")
  func alternatives() throws {
    let plain = #""a":0,"b":1,"?":2"#
    #expect(try ids(tokenizer(plain), "aXbX") == [0, 1])
    #expect(try ids(tokenizer(plain, settings: #","unk_token":"?""#), "aXb") == [0, 2, 1])
    #expect(throws: TokenizerError.self) { try ids(tokenizer(plain, settings: #","unk_token":"!""#), "aXb") }
    let bytes = #""a":0,"<0xC3>":1,"<0xA9>":2"#
    #expect(try ids(tokenizer(bytes, settings: #","byte_fallback":true"#), "aéX") == [0, 1, 2])
    #expect(throws: TokenizerError.self) { try ids(tokenizer(bytes, missing: .refused), "aX") }
  }

  @Test(
    "The space before a text stands before bytes that are no text too", arguments: ["llama-legacy", "llama-metaspace"])
  func prefix(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let text: [UInt8] = [0xFF] + Array("the".utf8)
    let read = try tokenizer.encode(text, options: EncodingOptions())
    #expect(read.first == tokenizer.vocabulary.beginningOfText)
    #expect(tokenizer.vocabulary.text(of: Array(read.dropFirst())) == [0x20] + text)
  }
}
