import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

@Suite("Cuts that components allow")
struct CutDecisionTests {
  private func field(_ json: String) throws -> JSONField {
    JSONField(
      value: try JSONReader.read(Array(json.utf8), file: "tokenizer.json"), file: "tokenizer.json", location: "")
  }

  /// The effect of a pre-tokeniser before a space and after a line feed.
  private func effects(_ json: String) throws -> [CutEffect] {
    let preTokenizer = try field(json).preTokenizer()
    return CutPoint.allCases.map { preTokenizer.effect(at: $0) }
  }

  private func split(_ expression: String, _ behavior: String = "Isolated") throws -> [CutEffect] {
    let escaped = expression.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return try effects(#"{"type":"Split","pattern":{"Regex":"\#(escaped)"},"behavior":"\#(behavior)"}"#)
  }

  /// The expressions of GPT-4, GPT-4o and DeepSeek-V3 as their files write them, and others that look alike.
  @Test(
    "Published expressions split between words",
    arguments: [
      #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#,
      #"""
      [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\#
      [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\#
      \p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
      """#,
      #"""
      [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\#
      \s*[\r\n]+|\s+(?!\S)|\s+
      """#,
    ])
  func published(expression: String) throws {
    #expect(try split(expression) == [.splits, .splits])
    #expect(try split(expression, "Removed") == [.splits, .splits])
    #expect(try split(expression, "MergedWithPrevious") == [.local, .local])
  }

  @Test("Expressions that span words, look around or are not supported allow no cut")
  func unknown() throws {
    let both = [
      #"\bfoo"#, #"^ "#, #"(?<=a) "#, #"(?=a)\s+"#, #"\s+(?!a)"#, #"(a|b)\1|\s+"#, #"[^a]+"#,
      #"\S+\s?\S*\n?\S*"#, #"\s+(?!\S)"#, #"a$"#, #"(?:.|\n)+"#, #"\Z|\s+"#, #"[^\S\n]*\w*[\s]+\w|\s+"#,
    ]
    for expression in both { #expect(try split(expression) == [.unknown, .unknown], "\(expression)") }
    #expect(try split(#"\w+\s|\s+"#) == [.unknown, .splits])
    #expect(try split(#"\w+ \w+|\s+"#) == [.unknown, .splits])
    #expect(try split(#".+"#) == [.unknown, .local])
    #expect(try split(#"\s\w+|\s+"#) == [.splits, .unknown])
    #expect(try split(#"\s?\p{L}+|\s+"#) == [.splits, .unknown])
    #expect(try split(#"\s+$"#) == [.local, .unknown])
    #expect(try split(#"\p{N}{1,3}"#) == [.local, .local])
    #expect(try split(#"[\r\n]"#) == [.local, .splits])
    #expect(try split(#" "#) == [.splits, .local])
    #expect(try split(#"\s*|\s+"#) == [.unknown, .unknown])
  }

  @Test("Other pre-tokenisers")
  func preTokenizers() throws {
    func sequence(_ steps: String...) -> String {
      #"{"type":"Sequence","pretokenizers":[\#(steps.joined(separator: ","))]}"#
    }
    func string(_ text: String, _ behavior: String) -> String {
      #"{"type":"Split","pattern":{"String":"\#(text)"},"behavior":"\#(behavior)"}"#
    }
    let bytes = #"{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}"#
    let prefixed = #"{"type":"ByteLevel","add_prefix_space":true,"use_regex":false}"#
    let spaces = #"{"type":"WhitespaceSplit"}"#
    #expect(try effects(#"{"type":"ByteLevel"}"#) == [.splits, .splits])
    #expect(try effects(bytes) == [.local, .local])
    #expect(try effects(spaces) == [.splits, .splits])
    #expect(try effects(#"{"type":"Whitespace"}"#) == [.splits, .splits])
    #expect(try effects(#"{"type":"Digits"}"#) == [.local, .local])
    #expect(try effects(#"{"type":"FixedLength"}"#) == [.unknown, .unknown])
    #expect(try effects(#"{"type":"Metaspace","replacement":"▁"}"#) == [.splits, .local])
    #expect(try effects(#"{"type":"Metaspace","replacement":"▁","split":false}"#) == [.local, .local])
    #expect(try effects(string(" ", "MergedWithPrevious")) == [.local, .local])
    #expect(try effects(string(" ", "MergedWithNext")) == [.splits, .local])
    #expect(try effects(string("a b", "Isolated")) == [.unknown, .local])
    // After a split, words get the space that a continuation does not get.
    #expect(try effects(sequence(spaces, prefixed)) == [.splits, .unknown])
    #expect(try effects(sequence(spaces, bytes)) == [.splits, .splits])
    // Expressions after a step that changes the spelling of bytes would have to be interpreted in that spelling.
    #expect(try effects(sequence(bytes, spaces)) == [.unknown, .unknown])
    #expect(try effects(sequence(#"{"type":"Digits"}"#, spaces)) == [.splits, .splits])
  }

  /// A tokenizer whose words are tokenised whole and whose spaces are spelt "▁".
  private func tokenizer(
    _ model: String, normalizer: String? = nil, split: Bool = false, added: String = "[]"
  ) throws -> HuggingFaceTokenizer {
    let metaspace = #"{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":\#(split)}"#
    let json = #"""
      {"normalizer":\#(normalizer ?? "null"),"pre_tokenizer":\#(metaspace),"added_tokens":\#(added),
       "decoder":{"type":"Metaspace","replacement":"▁"},"model":\#(model)}
      """#
    return try HuggingFaceTokenizer(json: Array(json.utf8))
  }

  private func cuts(_ tokenizer: HuggingFaceTokenizer, _ text: String = "a b a") -> [Int] {
    let text = Array(text.utf8)
    return (1..<text.count).filter { tokenizer.canCut(text, at: $0) }
  }

  private func pairs(_ settings: String, _ more: String = "", merges: String = "") -> String {
    #"""
    {"type":"BPE","unk_token":"?"\#(settings),"vocab":{"a":0,"b":1,"▁":2,"▁b":3,"?":5\#(more)},
     "merges":["▁ b"\#(merges)]}
    """#
  }

  @Test("Models")
  func models() throws {
    #expect(try cuts(tokenizer(pairs(""))) == [1, 3])
    // A token that spans the cut, or may come to span it.
    #expect(try cuts(tokenizer(pairs("", #","a▁b":4"#, merges: #","a ▁b""#))) == [3])
    #expect(try cuts(tokenizer(pairs("", #","b▁aa":4"#))) == [1])
    #expect(try cuts(tokenizer(pairs("", #","b▁aa":4"#)), "a b ab") == [1, 3])
    // Words that are looked up whole, or whose first and last tokens differ.
    #expect(try cuts(tokenizer(pairs(#","ignore_merges":true"#))) == [])
    #expect(try cuts(tokenizer(pairs(#","end_of_word_suffix":"""#))) == [1, 3])
    #expect(try cuts(tokenizer(pairs(#","ignore_merges":true"#), split: true)) == [1, 3])
    // Characters that are left out: their neighbours may be merged.
    #expect(try cuts(tokenizer(#"{"type":"BPE","vocab":{"a":0,"b":1,"▁":2},"merges":[]}"#)) == [])
    // Unknown characters may become one token across a space that is unknown itself.
    let unknown = #"{"type":"BPE","unk_token":"?","fuse_unk":true,"vocab":{"a":0,"b":1,"?":2},"merges":[]}"#
    #expect(try cuts(tokenizer(unknown)) == [])
    #expect(try cuts(tokenizer(unknown, split: true)) == [1, 3])
    #expect(try cuts(tokenizer(#"{"type":"WordLevel","vocab":{"a":0}}"#)) == [])
    #expect(try cuts(tokenizer(#"{"type":"WordLevel","vocab":{"a":0}}"#, split: true)) == [1, 3])
    let unigram = #"{"type":"Unigram","unk_id":0,"vocab":[["?",-9],["a",-1],["b",-1],["▁",-1],["▁b",-2]]}"#
    #expect(try cuts(tokenizer(unigram)) == [1, 3])
  }

  @Test("Normalisers and added tokens")
  func surroundings() throws {
    func normalizer(_ type: String) throws -> [Int] {
      try cuts(tokenizer(pairs(""), normalizer: #"{"type":"\#(type)"}"#, split: true))
    }
    for type in ["NFC", "NFKD", "Lowercase", "BertNormalizer", "Nmt"] {
      #expect(try normalizer(type) == [1, 3], "\(type)")
    }
    #expect(try normalizer("Strip") == [])
    #expect(try cuts(tokenizer(pairs(""), normalizer: #"{"type":"NFC"}"#)) == [])
    func added(_ content: String, _ settings: String = "") throws -> [Int] {
      try cuts(tokenizer(pairs(""), added: #"[{"id":9,"content":"\#(content)"\#(settings)}]"#), "a b a<x> b")
    }
    #expect(try added("zz") == [1, 3, 8])
    #expect(try added("b", #","normalized":false"#) == [])
    #expect(try added("a<x> bc") == [1])
    #expect(try cuts(tokenizer(pairs("")), "a b a<x> b") == [1, 3, 8])
    #expect(try added("<x>") == [1, 3])
    #expect(try added("c", #","normalized":true"#) == [1, 3, 8])
  }
}
