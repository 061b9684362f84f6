import BackendSupport
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

/// Words and markup are one text; only control tokens in markup separate it.
@Suite("Text beside markup") struct PromptRunTests {
  private let tokenizer = LongestMatchTokenizer(
    [" the", " cat", "cat", " c", "\n\n", "?\n\n", ": W", "W", "hy", " Why", "User", ":", " 3", "45", "s>", "</"],
    bytes: true)

  private var vocabulary: Vocabulary { tokenizer.vocabulary }
  private var end: TokenID { vocabulary.endOfGeneration[0] }

  private func prompt(_ parts: (String, isMarkup: Bool)...) -> RenderedPrompt {
    RenderedPrompt(parts: parts.map { $1 ? .markup($0) : .text(Array($0.utf8)) })
  }

  private func tokens(_ text: String, isStart: Bool = true) throws -> [TokenID] {
    try tokenizer.encode(Array(text.utf8), options: EncodingOptions(isStart: isStart))
  }

  @Test("A space before the text and the line ends after it are tokenised with the text")
  func straddling() throws {
    let asked = prompt(("User: ", true), ("Why", false), ("?\n\n", true), ("cat", false))
    let read = try tokenizer.encode(ContextText(prompt: asked))
    #expect(read == (try tokens("User: Why?\n\ncat")))
    #expect(read.contains(vocabulary.id(forBytes: Array(": W".utf8))!))
    #expect(read.contains(vocabulary.id(forBytes: Array("?\n\n".utf8))!))
    let answered = try tokenizer.encode(ContextText(prompt: prompt(("the c", true)), answer: Array("at".utf8)))
    #expect(answered == (try tokens("the cat")))
  }

  @Test("Control tokens separate what stands between them, and only markup's whole spellings are any")
  func controls() throws {
    let asked = prompt(("</s>User:", true), (" Why</s>", false), ("</s>", true), ("cat", false))
    #expect(
      try tokenizer.encode(ContextText(prompt: asked))
        == tokens("") + [end] + tokens("User: Why</s>", isStart: false) + [end] + tokens("cat", isStart: false))
    // Adjacent halves are words, whichever part wrote them, the answer included.
    for halves in [
      prompt(("a</", true), ("s>", false)), prompt(("a</", false), ("s>", true)),
      prompt(("a<", true), ("/", false), ("s>", true)),
    ] {
      #expect(try tokenizer.encode(ContextText(prompt: halves)) == tokens("a</s>"))
    }
    #expect(
      try tokenizer.encode(ContextText(prompt: prompt(("a</", true)), answer: Array("s>".utf8))) == tokens("a</s>"))
    // A template's own adjacent words are one.
    #expect(try tokenizer.encode(ContextText(prompt: prompt(("a</", true), ("s>", true)))) == tokens("a") + [end])
  }

  @Test("Random prompts read as their texts between control tokens, growing or not", arguments: UInt64(1)...10)
  func random(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var reader = ContextReader(tokenizer)
    let pieces = ContextReaderTests.pieces + ["</", "s>", "User:", "\n\n"]
    for _ in 0..<40 {
      var (parts, runs): ([RenderedPrompt.Part], [[UInt8]]) = ([], [[]])
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let words = (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random)! }
          .joined()
        if Bool.random(using: &random) {
          parts.append(.text(Array(words.utf8)))
          runs[runs.count - 1] += words.utf8
        } else {
          // An end inside markup, and words around it that contain none.
          let around = words.replacing("<", with: "")
          let hasEnd = Bool.random(using: &random)
          parts.append(.markup(hasEnd ? "\n</s>" + around : "x" + around))
          if hasEnd {
            runs[runs.count - 1] += [0x0A]
            runs.append(Array(around.utf8))
          } else {
            runs[runs.count - 1] += ("x" + around).utf8
          }
        }
      }
      for answer in ["", " the", " the cat 45", "", "s>"] {
        var all = runs
        all[all.count - 1] += answer.utf8
        var expected = try tokenizer.encode(all[0], options: EncodingOptions())
        for run in all.dropFirst() {
          expected += [end] + (try tokenizer.encode(run, options: EncodingOptions(isStart: false)))
        }
        let context = ContextText(prompt: RenderedPrompt(parts: parts), answer: Array(answer.utf8))
        #expect(try reader.read(context).tokens == expected)
        #expect(try tokenizer.encode(context) == expected)
      }
    }
  }

  @Test("A text that follows a control token is marked as such; an answer after one continues it")
  func positions() throws {
    struct Noting: Tokenizer {
      let base: LongestMatchTokenizer
      var vocabulary: Vocabulary { base.vocabulary }
      func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
        try base.encode((options.followsControlToken ? [0x20] : []) + text, options: options)
      }
    }
    let noting = Noting(base: tokenizer)
    let asked = prompt(("</s>", true), ("the", false), ("</s>", true))
    let expected = try tokens("") + [end] + tokens(" the", isStart: false) + [end]
    #expect(try noting.encode(ContextText(prompt: asked)) == expected)
    let answered = try noting.encode(ContextText(prompt: asked, answer: Array("cat".utf8)))
    #expect(answered == expected + (try tokens("cat", isStart: false)))
  }

  @Test("Tokens with a byte of a message count as the message's")
  func messageRanges() throws {
    var reader = ContextReader(tokenizer)
    let asked = prompt(("User: ", true), ("Why", false), ("?\n\n", true), ("User:", true))
    let read = try reader.read(ContextText(prompt: asked))
    // <s> | User | ": W" | hy | "?\n\n" | User | :
    #expect(read.messageRanges == [2..<4])
    let tail = try reader.read(ContextText(prompt: prompt(("User:", true), (" Why?", false), ("\n\n", true))))
    // <s> | User | ": W" | hy | "?\n\n"
    #expect(tail.tokens.count == 5 && tail.messageRanges == [2..<5])
    let control = try reader.read(ContextText(prompt: prompt(("the</s>", true), ("cat", false), ("</s>", true))))
    #expect(control.messageRanges.map { Array(control.tokens[$0]) } == [try tokens("cat", isStart: false)])
    // The same bytes, divided otherwise.
    let whole = try reader.read(ContextText(prompt: prompt(("User: Why?\n\nUser:", false))))
    #expect(whole.tokens == read.tokens && whole.messageRanges == [0..<read.tokens.count])
    #expect(try reader.read(ContextText(prompt: prompt(("User: Why?\n\nUser:", true)))).messageRanges.isEmpty)
  }

  @Test("White space around a token that takes it along belongs to it, the user's too")
  func stripping() throws {
    struct Stripping: Tokenizer {
      let base: LongestMatchTokenizer
      var vocabulary: Vocabulary { base.vocabulary }
      func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
        try base.encode(text, options: options)
      }
      func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] {
        let end = SpellingFinder.Entry(
          id: base.vocabulary.endOfGeneration[0], spelling: Array("</s>".utf8), stripsLeft: true, stripsRight: true)
        return SpellingFinder([end]).tokens(in: text, parts: markup)
      }
    }
    let stripping = Stripping(base: tokenizer)
    let asked = prompt((" the \u{3000}", false), ("</s>", true), (" \ncat ", false), ("\t</s>\n", true))
    #expect(
      try stripping.encode(ContextText(prompt: asked, answer: Array(" cat".utf8)))
        == tokens(" the") + [end] + tokens("cat", isStart: false) + [end] + tokens(" cat", isStart: false))
  }
}

@Suite("The space before a word that follows a prompt") struct PromptSpaceTests {
  private let backend = ScriptedBackend(tokens: ["a", "<|im_end|>"]) { _ in [0, 0] }

  private func asks(_ parts: RenderedPrompt.Part...) -> Bool {
    RenderedPrompt(parts: parts).asksForSpace(readBy: backend)
  }

  @Test("Words and colons need one", arguments: ["Answer:", "It is", "12", "so.", "(so)", "안녕", "a\u{301}"])
  func asked(text: String) {
    #expect(asks(.text(Array(text.utf8))))
    #expect(asks(.markup(text)))
  }

  @Test(
    "White space, opening signs, and letters of scripts without spaces do not",
    arguments: ["", "Answer: ", "assistant\n", "a\t", "a\u{A0}", "It is (", "«", "“", "答", "答案：", "です。"])
  func unasked(text: String) {
    #expect(!asks(.text(Array(text.utf8))))
    #expect(!asks(.markup(text)))
  }

  @Test("A control token does not, its spelling in words does")
  func controls() {
    #expect(!asks(.text(Array("x".utf8)), .markup("<|im_end|>")))
    #expect(asks(.markup("<|im_"), .text(Array("end|>".utf8))))
    #expect(asks(.text(Array("<|im_end|>".utf8))))
    #expect(!asks(.text([0xFF])) && !asks())
  }
}
