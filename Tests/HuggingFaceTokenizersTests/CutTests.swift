import BackendSupport
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

/// Texts that are hard to cut.
enum HardText {
  private static let snippets = [
    "The quick brown fox jumps over the lazy dog. ", "don't we're THEY'LL I'm 'tis ",
    "Paris and Paris, <extra> <strip> ",
    "\n", "\n\n", " \n ", "\r\n", "\r\n\r\n", "\t", "  ", "     ", "\u{A0}", "\u{3000}", "\u{2028}", " x", "\nx",
    "x\ny z\n",
    "3.14159 and 1,000,000 or 42nd ", "a1b2 c3\n4d ", "Ⅷ ½ ٣٤٥ ", "🙂👍🏽 ", "👩‍👩‍👧 ok ", "🇫🇷🇩🇪 flags ",
    "e\u{301}\u{302} ne\u{301}e ",
    "ͺ ¨ ´ a", "ﬁne ﬂow ①② ㎏ ", "각 하ᄒ ᅡ ᆫ 안녕 세계 ", "日本語 の 文章。東京 ", "中文\n中文 ", "مرحبا بالعالم مُحَمَّد ",
    "नमस्ते दुनिया क्षत्रिय ", "ไทย ำ ก ", "\u{600} y", "Привет мир\nкак дела ", "ΑΣ İstanbul ", "if (a < b) {\n\treturn x;\n} ",
    "for i in 0..<n: print(i)\n    pass\n", "</s><s><unk> [UNK] [CLS] <0x0A> ", "▁ ▁a a▁ b ", "foo_bar fooBar FOO ",
    "... !!! --- a\n",
    "/// a\n/b c/\n", "aaaaaaaaaaaa bbbb aaaa aa aaa\n", "---------- ======= 11111 ", "\u{0}\u{7F} a",
    "\u{200B} z\u{200D} q ", "\u{E000} \u{F8FF} ",
    "`` a '' b", "ĠĊ Ġa ", "Word Word word wOrD ",
  ]

  static func random(_ count: Int, _ generator: inout SplitMix64) -> [UInt8] {
    var text: [UInt8] = []
    while text.count < count {
      if Int.random(in: 0..<40, using: &generator) == 0 {
        text.append(UInt8.random(in: 0x80...0xFF, using: &generator))
      } else {
        text += Array(snippets.randomElement(using: &generator)!.utf8)
      }
    }
    return text
  }
}

@Suite("Cuts")
struct CutTests {
  static let names = Fixture.names + ["scholar"]
  /// Tokenizers whose components depend on more than a word, or read texts whole.
  static let uncut: Set = ["clip"]
  static let published = PublishedVocabulary.folder == nil ? [] : ["gpt-2", "llama-bpe", "qwen2", "llama-spm"]

  static func tokenizer(_ name: String) throws -> HuggingFaceTokenizer {
    if name == "scholar" { return try Fixture.bundledTokenizer(name) }
    return published.contains(name) ? try PublishedVocabulary.load(name) : try Fixture.tokenizer(name)
  }

  @Test("Both sides of a cut are tokenised as in the whole text, whatever follows", arguments: names + published)
  func parts(name: String) throws {
    let tokenizer = try Self.tokenizer(name)
    var generator = SplitMix64(seed: 0xC075)
    var cuts = 0
    for _ in 0..<12 {
      let text = HardText.random(220, &generator)
      let known = Int.random(in: 2...text.count, using: &generator)
      let start = Array(text[..<known])
      for index in 1..<known where tokenizer.canCut(start, at: index) {
        cuts += 1
        for isStart in [true, false] {
          let whole = try? tokenizer.encode(text, options: EncodingOptions(isStart: isStart))
          let before = try? tokenizer.encode(Array(text[..<index]), options: EncodingOptions(isStart: isStart))
          let after = try? tokenizer.encode(Array(text[index...]), options: EncodingOptions(isStart: false))
          let parts = before.flatMap { before in after.map { before + $0 } }
          let shown = String(decoding: text[max(0, index - 30)..<min(text.count, index + 30)], as: UTF8.self)
          #expect(parts == whole, "\(name), at \(index): \(shown.debugDescription)")
        }
      }
    }
    #expect(Self.uncut.contains(name) == (cuts == 0), "\(name) was cut \(cuts) times.")
  }

  @Test("A text that grows, shrinks and changes is tokenised as the whole text is", arguments: names + published)
  func growth(name: String) throws {
    let tokenizer = try Self.tokenizer(name)
    var generator = SplitMix64(seed: 0x6120)
    var reader = ContextReader(tokenizer)
    var text: [UInt8] = []
    let prompt = RenderedPrompt(parts: [.markup("Q: "), .text(HardText.random(90, &generator))])
    for _ in 0..<100 {
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: text.removeLast(Int.random(in: 0...min(text.count, 150), using: &generator))
      case 1 where !text.isEmpty:
        text[Int.random(in: 0..<text.count, using: &generator)] = UInt8(ascii: " ")
      default:
        let more = HardText.random(16, &generator)
        text += more.prefix(Int.random(in: 1...16, using: &generator))
      }
      let context = ContextText(prompt: prompt, answer: text)
      let whole = try? tokenizer.encode(context)
      #expect((try? reader.read(context).tokens) == whole, "\(name)")
    }
  }

  @Test(
    "A text of 400 tokens that grows by four bytes at a time costs a small multiple of itself",
    arguments: ["gpt2", "llama3", "qwen2", "llama-legacy", "llama-metaspace", "deepseek", "scholar"])
  func cost(name: String) throws {
    let tokenizer = CountingTokenizer(try Self.tokenizer(name))
    var reader = ContextReader(tokenizer)
    let sentence = Array("What the people of the town said about the river was true, and nobody asked them why.\n".utf8)
    let prompt = RenderedPrompt("Question: What did they say about it?\nAnswer:")
    var answer: [UInt8] = []
    var count = 0
    while count < 400 {
      for _ in 0..<4 { answer.append(sentence[answer.count % sentence.count]) }
      count = try reader.read(ContextText(prompt: prompt, answer: answer)).tokens.count
    }
    // A byte is tokenised again until there is a cut after it, at least 64 bytes after the previous cut.
    let length = answer.count + prompt.bytes.count
    #expect(tokenizer.bytes < 24 * length, "\(tokenizer.bytes) bytes for a text of \(length)")
    #expect(tokenizer.cuts > length / 100)
  }
}
