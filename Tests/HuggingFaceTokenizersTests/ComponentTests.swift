import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

@Suite("Components")
struct ComponentTests {
  private func field(_ json: String) throws -> JSONField {
    JSONField(
      value: try JSONReader.read(Array(json.utf8), file: "tokenizer.json"), file: "tokenizer.json", location: "")
  }

  private func words(_ json: String, _ text: String, at position: Piece.Position = .start) throws -> [String] {
    let piece = Piece(text: Array(text.utf8)[...], position: position)
    return try field(json).preTokenizer().split(piece, strays: nil).map(\.text.string)
  }

  private func normalized(_ json: String, _ text: String, at position: Piece.Position = .start) throws -> [UInt8] {
    var piece = Piece(text: Array(text.utf8)[...], position: position)
    try field(json).normalizer().apply(to: &piece, strays: nil)
    return Array(piece.text)
  }

  @Test(
    "Splits",
    arguments: [
      ("Removed", false, ["a", "b", "c"]), ("Isolated", false, ["a", "-", "b", "-", "-", "c"]),
      ("MergedWithPrevious", false, ["a-", "b-", "-", "c"]), ("MergedWithNext", false, ["a", "-b", "-", "-c"]),
      ("Contiguous", false, ["a", "-", "b", "--", "c"]), ("Removed", true, ["-", "-", "-"]),
      ("Isolated", true, ["a", "-", "b", "-", "-", "c"]),
    ])
  func splits(behavior: String, isInverted: Bool, expected: [String]) throws {
    for pattern in [#"{"String":"-"}"#, #"{"Regex":"[-]"}"#] {
      let json = #"{"type":"Split","pattern":\#(pattern),"behavior":"\#(behavior)","invert":\#(isInverted)}"#
      #expect(try words(json, "a-b--c") == expected)
    }
  }

  @Test("Leading spaces depend on the position of a text")
  func metaspace() throws {
    func metaspace(_ settings: String) -> String { #"{"type":"Metaspace","replacement":"▁",\#(settings)}"# }
    let always = metaspace(#""prepend_scheme":"always","split":true"#)
    #expect(try words(always, "a b") == ["▁a", "▁b"])
    #expect(try words(always, "a b", at: .later) == ["▁a", "▁b"])
    #expect(try words(always, "a b", at: .continuation) == ["a", "▁b"])
    #expect(try words(always, " a") == ["▁a"])
    let first = metaspace(#""prepend_scheme":"first","split":false"#)
    #expect(try words(first, "a b") == ["▁a▁b"])
    #expect(try words(first, "a b", at: .later) == ["a▁b"])
    #expect(try words(first, "a b", at: .continuation) == ["a▁b"])
    #expect(try words(metaspace(#""prepend_scheme":"never""#), "a b") == ["a", "▁b"])
    #expect(try words(metaspace(#""add_prefix_space":true"#), "a") == ["▁a"])
    #expect(try words(metaspace(#""add_prefix_space":false"#), "a") == ["a"])
    #expect(try words(#"{"type":"ByteLevel","add_prefix_space":true}"#, "a", at: .continuation) == ["a"])
    #expect(try words(#"{"type":"ByteLevel"}"#, "a b") == ["Ġa", "Ġb"])
    #expect(try normalized(#"{"type":"Prepend","prepend":"▁"}"#, "a", at: .continuation) == Array("a".utf8))
  }

  @Test("Splits by characters")
  func characters() throws {
    #expect(try words(#"{"type":"Digits","individual_digits":true}"#, "a12") == ["a", "1", "2"])
    #expect(try words(#"{"type":"Digits"}"#, "a12½b") == ["a", "12½", "b"])
    #expect(try words(#"{"type":"Punctuation","behavior":"Contiguous"}"#, "a!?b") == ["a", "!?", "b"])
    #expect(try words(#"{"type":"FixedLength","length":2}"#, "aéiou") == ["aé", "io", "u"])
    #expect(try words(#"{"type":"CharDelimiterSplit","delimiter":"é"}"#, "aébéé") == ["a", "b"])
    #expect(try words(#"{"type":"Whitespace"}"#, "it's 1.5 ñ") == ["it", "'", "s", "1", ".", "5", "ñ"])
  }

  @Test("Dots and line ends are read as Ruby's")
  func expressions() throws {
    func split(_ expression: String) -> String {
      #"{"type":"Split","pattern":{"Regex":"\#(expression)"},"behavior":"Isolated"}"#
    }
    #expect(try words(split("^b"), "a\nbb") == ["a\n", "b", "b"])
    #expect(try words(split("a.b"), "a\rb a\nb") == ["a\rb", " a\nb"])
    #expect(try words(split(#"(?i:'s)"#), "it'S") == ["it", "'S"])
  }

  @Test("Normalisers")
  func normalizers() throws {
    #expect(try normalized(#"{"type":"NFC"}"#, "e\u{301}") == Array("\u{E9}".utf8))
    #expect(try normalized(#"{"type":"NFD"}"#, "\u{E9}") == Array("e\u{301}".utf8))
    #expect(try normalized(#"{"type":"NFKD"}"#, "ﬁ²") == Array("fi2".utf8))
    #expect(try normalized(#"{"type":"Strip","strip_left":true,"strip_right":false}"#, "\u{A0} a ") == Array("a ".utf8))
    #expect(try normalized(#"{"type":"Strip"}"#, " \u{3000}\n") == [])
    #expect(
      try normalized(#"{"type":"Replace","pattern":{"Regex":" +"},"content":"$0"}"#, "a  b") == Array("a$0b".utf8))
    #expect(try normalized(#"{"type":"Replace","pattern":{"String":"."},"content":""}"#, "a.b") == Array("ab".utf8))
    #expect(try normalized(#"{"type":"ByteLevel"}"#, " é") == Array("ĠÃ©".utf8))
    #expect(try normalized(#"{"type":"Lowercase"}"#, "ΑΣ İ") == Array("ασ i\u{307}".utf8))
  }

  @Test(
    "An unknown component is named, with its location",
    arguments: [
      (
        #""normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Rot13"}]}"#, "Rot13",
        "normalizer.normalizers[1]"
      ),
      (#""pre_tokenizer":{"type":"UnicodeScripts"}"#, "UnicodeScripts", "pre_tokenizer"),
      (
        #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}"#, "(",
        "pre_tokenizer.pattern.Regex"
      ),
      (
        #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\h+"},"behavior":"Isolated"}"#, "\\h",
        "pre_tokenizer.pattern.Regex"
      ),
      (
        #""pre_tokenizer":{"type":"Split","pattern":{"String":""},"behavior":"Isolated"}"#, "empty",
        "pre_tokenizer.pattern.String"
      ),
      (
        #""pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Doubled"}"#, "Doubled",
        "pre_tokenizer.behavior"
      ),
      (
        #""pre_tokenizer":{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}"#, "last",
        "pre_tokenizer.prepend_scheme"
      ),
      (#""post_processor":{"type":"Stamp"}"#, "Stamp", "post_processor"),
      (#""decoder":{"type":"CTC"}"#, "CTC", "decoder"),
      (#""model":{"type":"Markov","vocab":{}}"#, "Markov", "model"),
      (#""model":{"type":"BPE","vocab":{},"merges":[],"dropout":0.1}"#, "chance", "model.dropout"),
    ])
  func unknown(component: String, name: String, location: String) throws {
    let model = component.contains("\"model\"") ? "" : #","model":{"type":"WordLevel","vocab":{"a":0}}"#
    let error = try #require(throws: TokenizerError.self) {
      try HuggingFaceTokenizer(json: Array("{\(component)\(model)}".utf8))
    }
    #expect(error.code == .unsupported)
    #expect(error.location == location)
    #expect(error.description.contains(name))
  }

  @Test(
    "An invalid field is named, with its location",
    arguments: [
      (#"{}"#, ""), (#"[]"#, ""), (#"{"model":{"type":"BPE","vocab":{"a":0}}}"#, "model"),
      (#"{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}"#, "model.vocab"),
      (#"{"model":{"type":"BPE","vocab":{"a":4000000000},"merges":[]}}"#, "model.vocab"),
      (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}"#, "model.merges[0]"),
      (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}}"#, "model.merges[0]"),
      (#"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a a a"]}}"#, "model.merges[0]"),
      (#"{"model":{"type":"Unigram","vocab":[["a"]]}}"#, "model.vocab[0]"),
      (#"{"model":{"type":"Unigram","unk_id":3,"vocab":[["a",0]]}}"#, "model.unk_id"),
      (#"{"added_tokens":[{"id":-1,"content":"x"}],"model":{"type":"WordLevel","vocab":{}}}"#, "added_tokens[0].id"),
      (#"{"added_tokens":{},"model":{"type":"WordLevel","vocab":{}}}"#, "added_tokens"),
      (
        #"{"normalizer":{"type":"Precompiled","precompiled_charsmap":"?"},"model":{"type":"WordLevel","vocab":{}}}"#,
        "normalizer.precompiled_charsmap"
      ),
      (
        #"{"normalizer":{"type":"Precompiled","precompiled_charsmap":"//8AAAAA"},"model":{"type":"WordLevel","vocab":{}}}"#,
        "normalizer.precompiled_charsmap"
      ),
    ])
  func misfits(json: String, location: String) throws {
    let error = try #require(throws: TokenizerError.self) { try HuggingFaceTokenizer(json: Array(json.utf8)) }
    #expect(error.code == .invalidFile)
    #expect(error.location == location)
  }

  @Test("Models of older files are recognised by their fields")
  func inference() throws {
    func encode(_ model: String, _ text: String) throws -> [TokenID] {
      try HuggingFaceTokenizer(json: Array(#"{"model":\#(model)}"#.utf8)).encode(text)
    }
    #expect(try encode(###"{"vocab":{"a":0,"b":1,"ab":2},"merges":["#version: 0.2","a b"]}"###, "aab") == [0, 2])
    #expect(try encode(#"{"unk_id":0,"vocab":[["?",-9],["a",-1],["ab",-1.5],["b",-1]]}"#, "aabz") == [1, 2, 0])
    #expect(try encode(###"{"vocab":{"a":0,"##b":1},"continuing_subword_prefix":"##"}"###, "ab") == [0, 1])
    #expect(try encode(#"{"vocab":{"ab":0}}"#, "ab") == [0])
  }

  @Test(
    "A control token's spelling is words to every model",
    arguments: [
      #"{"type":"Unigram","unk_id":0,"vocab":[["?",-9],["</s>",0],["<",-3],["/",-3],["s",-3],[">",-3]]}"#,
      #"{"type":"BPE","ignore_merges":true,"vocab":{"?":0,"</s>":1,"<":2,"/":3,"s":4,">":5},"merges":[]}"#,
      ###"{"type":"WordPiece","unk_token":"?","vocab":{"?":0,"</s>":1,"<":2,"##/":3,"##s":4,"##>":5}}"###,
    ])
  func controlTokens(model: String) throws {
    let added = #"[{"id":1,"content":"</s>","special":true,"normalized":false}]"#
    let tokenizer = try HuggingFaceTokenizer(json: Array(#"{"added_tokens":\#(added),"model":\#(model)}"#.utf8))
    let text = Array("</s>".utf8)
    #expect(try tokenizer.encode(text, options: EncodingOptions()) == [2, 3, 4, 5])
    #expect(try tokenizer.encode(text, options: EncodingOptions(readsControlTokens: true)) == [1])
  }

  @Test("Post-processors put tokens before a text")
  func postProcessors() throws {
    #expect(try field(#"{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",7]}"#).leadingTokens() == [7])
    let template = #"""
      {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"A","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
      {"SpecialToken":{"id":"B","type_id":0}}],"special_tokens":{"A":{"id":"A","ids":[5,6]},"B":{"id":"B","ids":[9]}}}
      """#
    #expect(try field(template).leadingTokens() == [5, 6])
    #expect(
      try field(#"{"type":"Sequence","processors":[{"type":"ByteLevel"},\#(template)]}"#).leadingTokens() == [5, 6])
    #expect(throws: TokenizerError.self) {
      try field(#"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"A"}}],"special_tokens":{}}"#)
        .leadingTokens()
    }
  }

  @Test("Decoders of tokens")
  func decoders() throws {
    func bytes(_ decoder: String, _ spelling: String) throws -> String {
      let model = try field(#"{"type":"WordLevel","vocab":{}}"#).model()
      let decoder = try TokenDecoder(document: field(#"{"decoder":\#(decoder)}"#), model: model)
      return String(decoding: decoder.bytes(of: Array(spelling.utf8)), as: UTF8.self)
    }
    #expect(try bytes(#"{"type":"ByteLevel"}"#, "Ġ日") == "Ġ日")
    #expect(try bytes(#"{"type":"Strip","content":"-","start":1,"stop":2}"#, "--a---") == "-a-")
    #expect(
      try bytes(
        #"{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"#, " a")
        == " a")
    #expect(try bytes(#"{"type":"BPEDecoder"}"#, "a</w>") == "a ")
    #expect(try bytes(###"{"type":"WordPiece","prefix":"@@"}"###, "@@a") == "a")
    #expect(try bytes(#"{"type":"ByteFallback"}"#, "<0xGG>") == "<0xGG>")
    #expect(try bytes(#"{"type":"Metaspace","replacement":"▁"}"#, "▁a") == " a")
    for replacement in ["", "ab"] {
      #expect(throws: TokenizerError.self) { try bytes(#"{"type":"Metaspace","replacement":"\#(replacement)"}"#, "a") }
    }
  }
}
