import BackendSupport
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

@Suite("Reading a growing text") struct ContextReaderTests {
  static let pieces = [
    " the", " cat", "s", " sat", "\n", "\n\n", "  ", " ", "\t", "12", " 345", "é", "e\u{301}", "👩‍👩‍👧", "🇩🇪", "한", "ᄒ", "語",
    "。",
    " नमस्ते", " سلام", ",", ".\n", " </s>", "'s", "x", "\r\n", " a b", "aa",
  ]

  /// Words that span spaces, runs of spaces, line ends and parts of characters.
  private let tokenizer = LongestMatchTokenizer(
    [
      " the", " cat", "cat", " c", " a b", "s s", "\n\n", "  ", "    ", " 3", "45", "12", "한", "語。", ".\n", "\n the",
      "aa",
      " s", "at", "t",
    ], bytes: true)

  @Test(
    "Gives the tokens of the whole text, however it grew, shrank or changed", arguments: 1...12 as ClosedRange<UInt64>)
  func equalsWholeReading(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var reader = ContextReader(tokenizer)
    var context = ContextText(prompt: RenderedPrompt(parts: [.markup("<s>"), .text([])]))
    for _ in 0..<150 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0 where !context.answer.isEmpty:
        context.answer.removeLast(Int.random(in: 1...min(90, context.answer.count), using: &random))
      case 1 where !context.answer.isEmpty:
        context.answer[Int.random(in: 0..<context.answer.count, using: &random)] = UInt8(ascii: " ")
      case 2:
        let words = Array((Self.pieces.randomElement(using: &random) ?? "").utf8)
        context.prompt.parts = [.markup("<s>"), .text(words)]
      case 3: context.prompt.parts = [.text(Array("the".utf8))]
      default:
        let piece = Array((Self.pieces.randomElement(using: &random) ?? "").utf8)
        context.answer += piece.prefix(Int.random(in: 1...piece.count, using: &random))
      }
      #expect(try reader.read(context).tokens == tokenizer.encode(context))
    }
  }

  @Test("Computes cuts again for a text that was truncated, at any position and with any continuation")
  func everyLength() throws {
    let tokenizer = LongestMatchTokenizer([" the", " cat", " sat", " the 4", "the", "\n the"], bytes: true)
    let long = Array((0..<40).map { [" the", " cat", " sat"][$0 % 3] }.joined().utf8)
    for length in 60...150 {
      for end in [" ", "  ", " 4", "e", "\n", " the cat", "t", " b"] {
        var reader = ContextReader(tokenizer)
        _ = try reader.read(ContextText(prompt: RenderedPrompt(parts: [.text(long)])))
        _ = try reader.read(ContextText(prompt: RenderedPrompt(parts: [.text(Array(long[..<length]))])))
        let context = ContextText(prompt: RenderedPrompt(parts: [.text(long[..<length] + Array(end.utf8))]))
        #expect(try reader.read(context).tokens == tokenizer.encode(context))
      }
    }
  }

  @Test("Rejects empty, too long and unknown tokens")
  func checks() throws {
    func code(_ tokens: [TokenID], chosenStart: Int? = nil, limit: Int? = nil) -> BackendError.Code? {
      do {
        try ContextTokens(tokens: tokens, chosenStart: chosenStart).check(
          for: "m", vocabulary: tokenizer.vocabulary, contextLength: limit)
        return nil
      } catch { return (error as? BackendError)?.code }
    }
    #expect(code([]) == .emptyPrompt)
    #expect(code([0, 1], limit: 1) == .contextOverflow)
    #expect(code([0, 1], limit: 2) == nil)
    #expect(code([-1]) == .tokenization)
    #expect(code([0, tokenizer.vocabulary.count], chosenStart: 1) == .invalidArgument)
  }

  @Test("Reads the tail of a text that grows, not all of it")
  func readsTheTail() throws {
    let counting = CountingTokenizer(tokenizer)
    var reader = ContextReader(counting)
    var context = ContextText("")
    for step in 0..<400 {
      context.answer += Array([" the", " cat", " sat", " 345"][step % 4].utf8)
      _ = try reader.read(context)
    }
    // 400 steps over a text of 1,600 bytes would be 320,000 bytes if the whole text were read each time.
    #expect(counting.bytes < 400 * 2 * 64 + context.answer.count)
    #expect(try reader.read(context).tokens == tokenizer.encode(context))
  }

  @Test("Knows where the text may still change and which tokens the model chose")
  func marksTheEnd() throws {
    var reader = ContextReader(tokenizer)
    let words = RenderedPrompt(parts: [.text(Array(" the".utf8)), .markup("cat</s>"), .text(Array(" cat".utf8))])
    let open = try reader.read(ContextText(prompt: words, answer: Array("aa".utf8)))
    #expect(open.openStart == 4 && open.chosenStart == open.tokens.count)
    let chosen = try reader.read(ContextText(prompt: words, answer: Array("aa".utf8), answerTokens: [7, 8]))
    #expect(chosen.openStart == 4 && chosen.chosenStart == 5 && chosen.tokens.suffix(2) == [7, 8])
    let closed = try reader.read(ContextText(prompt: RenderedPrompt(parts: [.markup("cat</s>")])))
    #expect(closed.openStart == closed.tokens.count)
    // A template's words are as open as a user's: the answer continues them.
    let markup = try reader.read(ContextText(prompt: RenderedPrompt(parts: [.markup("</s>cat")])))
    #expect(markup.openStart == 2 && markup.tokens.count == 3)
  }

  @Test("Can continue after text that cannot be expressed")
  func recovers() throws {
    let strict = LongestMatchTokenizer(["a", "b", " a"])
    var reader = ContextReader(strict)
    _ = try reader.read(ContextText("a a"))
    #expect(throws: BackendError.self) { try reader.read(ContextText("a ax")) }
    #expect(try reader.read(ContextText("a ab")).tokens == strict.encode("a ab"))
  }
}
