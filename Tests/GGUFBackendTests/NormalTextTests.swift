#if LlamaCpp
  import BackendSupport
  import Foundation
  import GGUFBackend
  import ModelBackends
  import Testing

  @Suite("Texts as published tokenizers normalise them")
  struct NormalTextTests {
    private static let merges = [("Ã", "©"), ("Ġ", "Ã©"), ("Ġ", "c"), ("a", "Ġ"), ("aĠ", "Ã©")]

    private func tokenizer(_ preTokenizer: String) throws -> (GGUFTokenizer, TemporaryFile) {
      let file = try TemporaryFile(TinyTokenizers.bytePairs(merges: Self.merges, preTokenizer: preTokenizer).bytes())
      return (try GGUFTokenizer(file: file.path), file)
    }

    @Test(
      "Letters and their marks become one character before they are read",
      arguments: ["qwen2", "stablelm2", "command-r", "olmo", "mpt"])
    func composed(preTokenizer: String) throws {
      let (tokenizer, file) = try tokenizer(preTokenizer)
      defer { withExtendedLifetime(file) {} }
      let letter = try #require(tokenizer.vocabulary.id(forBytes: Array("é".utf8)))
      for readsControl in [false, true] {
        let options = EncodingOptions(isStart: false, readsControlTokens: readsControl)
        #expect(try tokenizer.encode(Array("e\u{301}".utf8), options: options) == [letter])
        #expect(try tokenizer.encode(Array("é".utf8), options: options) == [letter])
      }
      // Bytes that are not text stay, and separate composable characters.
      let stray = try tokenizer.encode(Array("e".utf8) + [0xFF] + Array("\u{301}".utf8), options: EncodingOptions())
      #expect(tokenizer.vocabulary.text(of: stray) == Array("e".utf8) + [0xFF] + Array("\u{301}".utf8))
    }

    @Test("Other processes can read what is written", arguments: ["gpt-2", "llama-bpe", "smollm"])
    func verbatim(preTokenizer: String) throws {
      let (tokenizer, file) = try tokenizer(preTokenizer)
      defer { withExtendedLifetime(file) {} }
      let text = Array("e\u{301}".utf8)
      let read = try tokenizer.encode(text, options: EncodingOptions(isStart: false))
      #expect(read.count == 3)
      #expect(tokenizer.vocabulary.text(of: read) == text)
    }

    @Test("Cuts hold for texts that are composed on both sides")
    func cuts() throws {
      let (tokenizer, file) = try tokenizer("qwen2")
      defer { withExtendedLifetime(file) {} }
      var random = SeededRandom(seed: 5)
      let pieces = [
        "a", "c", "e\u{301}", "é", " ", "\n", "\u{301}", "\u{345}", "각", "ᄀ", "ᅡ", "z", "🙂", " c", "a e\u{301}",
      ]
      var cuts = 0
      for _ in 0..<150 {
        let text = Array((0..<30).map { _ in pieces.randomElement(using: &random)! }.joined().utf8)
        let known = Int.random(in: 2...text.count, using: &random)
        let whole = try tokenizer.encode(text, options: EncodingOptions())
        for position in 1..<known where tokenizer.canCut(Array(text[..<known]), at: position) {
          cuts += 1
          let before = try tokenizer.encode(Array(text[..<position]), options: EncodingOptions())
          let after = try tokenizer.encode(Array(text[position...]), options: EncodingOptions(isStart: false))
          #expect(before + after == whole, "\(String(decoding: text, as: UTF8.self).debugDescription) at \(position)")
        }
      }
      #expect(cuts > 20)
    }

    @Test(
      "A real file reads decomposed text as the library does",
      .enabled(if: RealModels.folder != nil, RealModels.advice))
    func real() throws {
      #expect(try RealModels.tokenizer("qwen05b").encode("e\u{301}") == [963])
    }

    @Test("A byte without a token is left out and counted; inside an incomplete character it is an error")
    func missingBytes() throws {
      let writer = TinyTokenizers.bytePairs(merges: Self.merges, without: [0x0D, 0xC4])
      let file = try TemporaryFile(writer.bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      let options = EncodingOptions(isStart: false)
      for (text, left) in [("a\r\nb", "a\nb"), ("\r", ""), ("x\r\r", "x"), (" é\r c", " é c")] {
        let read = try tokenizer.encode(Array(text.utf8), options: options)
        #expect(tokenizer.vocabulary.text(of: read) == Array(left.utf8), "\(text.debugDescription)")
        #expect(tokenizer.droppedCharacters(in: Array(text.utf8)) == text.utf8.count - left.utf8.count)
      }
      #expect(
        tokenizer.droppedCharacters(in: ContextText(prompt: RenderedPrompt("a\r"), answer: Array("b\r".utf8))) == 2)
      let error = try #require(throws: BackendError.self) { try tokenizer.encode([0x61, 0xC4], options: options) }
      #expect(error.problem.contains("0xC4"))
    }

    @Test("The space before a text stands before bytes that are no text too")
    func prefix() throws {
      let names = TinyVocabulary()
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      let text: [UInt8] = [0xFF] + Array("the".utf8)
      let start = try tokenizer.encode(text, options: EncodingOptions())
      #expect(start.first == names.id("<s>"))
      #expect(tokenizer.vocabulary.text(of: Array(start.dropFirst())) == [0x20] + text)
      for readsControl in [false, true] {
        let options = EncodingOptions(isStart: false, readsControlTokens: readsControl)
        #expect(tokenizer.vocabulary.text(of: try tokenizer.encode(text, options: options)) == text)
      }
    }
  }
#endif
