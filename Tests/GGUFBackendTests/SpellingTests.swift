#if LlamaCpp
  import GGUFBackend
  import ModelBackends
  import Testing

  /// Words with the spelling of a token that is no text stay words.
  @Suite("Spellings")
  struct SpellingTests {
    private static let continuation = EncodingOptions(isStart: false)

    /// Expects a text to become tokens that spell it.
    private func expectText(_ text: String, _ tokenizer: GGUFTokenizer) throws {
      for isStart in [true, false] {
        let tokens = try tokenizer.encode(Array(text.utf8), options: EncodingOptions(isStart: isStart))
        let vocabulary = tokenizer.vocabulary
        let words = tokens.first == vocabulary.beginningOfText ? tokens.dropFirst() : tokens[...]
        #expect(words.allSatisfy { vocabulary.kind(of: $0).isText }, "\(text): \(tokens)")
        let read = vocabulary.text(of: words)
        #expect(read == Array(text.utf8) || isStart && read == Array(" \(text)".utf8), "\(text): \(tokens)")
      }
    }

    @Test("SentencePiece's merges make no control token, unknown token, reserved one or byte of a name")
    func merges() throws {
      // Every token that is no text can be merged from pieces.
      let pieces = [
        "<", "/", "s", ">", "</", "s>", "<unk", "<u", "un", "nk>", "k>", "u", "n", "k", "<n", "nothing>", "no",
        "thing>",
        "o", "i", "g", "in", "g>", "ing>", "<0", "<0x", "0", "x", "4", "1", "41>", "1>", "0x", "<|", "im", "_end|>",
        "m",
        "|", "_", "d", "en", "d|>", "|>", "end|>", "_e",
      ]
      let vocabulary = TinyVocabulary(moreWords: pieces)
      let file = try TemporaryFile(TinyModel(vocabulary: vocabulary).transformer().bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      for word in ["</s>", "<unk>", "<nothing>", "<0x41>", "<0x3C>", "<|im_end|>", "<s>"] {
        for text in [word, "the \(word) cat", word + word, "\(word)\n\(word)é", " \(word)"] {
          try expectText(text, tokenizer)
        }
      }
      // The guard is needed: "</" and "s>" are adjacent, and would have been merged.
      let end = try tokenizer.encode(Array("</s>".utf8), options: Self.continuation)
      #expect(end == [vocabulary.id("<"), vocabulary.id("/"), vocabulary.id("s>")])
      let markup = EncodingOptions(isStart: false, readsControlTokens: true)
      #expect(try tokenizer.encode(Array("</s>".utf8), options: markup) == [vocabulary.id("</s>")])
      // Bytes that are meant as bytes remain bytes.
      #expect(try tokenizer.encode(Array("A".utf8), options: Self.continuation) == [vocabulary.id("<0x41>")])
    }

    @Test("The name of a byte is a byte where only byte tokens spell it")
    func bracket() throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      try expectText("<0x3C>", GGUFTokenizer(file: file.path))
    }

    @Test("Byte-pair merges make no control token, in words and in whole words", arguments: ["gpt-2", "llama-bpe"])
    func bytePairs(preTokenizer: String) throws {
      let merges = [("S", "T"), ("O", "P"), ("ST", "OP"), ("Ġ", "t"), ("Ġt", "he")] + [("h", "e")]
      let writer = TinyTokenizers.bytePairs(merges: merges, controls: ["STOP"], preTokenizer: preTokenizer)
      let file = try TemporaryFile(writer.bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      for text in ["STOP", "the STOP the", "STOPSTOP", " STOP\nSTOP", "<STOP>"] { try expectText(text, tokenizer) }
      let markup = EncodingOptions(isStart: false, readsControlTokens: true)
      let stop = try tokenizer.encode(Array("STOP".utf8), options: markup)
      #expect(stop.map(tokenizer.vocabulary.kind) == [.control])
    }

    @Test("The longest match is no control token")
    func longestMatch() throws {
      let writer = TinyTokenizers.longestMatch(words: ["the", " cat", "<|", "<|e"], controls: ["<|end|>", "<|e d|>"])
      let file = try TemporaryFile(writer.bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      for text in ["<|end|>", "the cat<|end|><|end|> cat", "<|e d|> cat"] { try expectText(text, tokenizer) }
    }

    @Test("A control token with a space inside lies across no cut")
    func spaces() throws {
      let writer = TinyTokenizers.longestMatch(words: ["the", " cat"], controls: ["<|e d|>"])
      let file = try TemporaryFile(writer.bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      let isCut = { (text: String, position: Int) in tokenizer.canCut(Array(text.utf8), at: position) }
      #expect(!isCut("<|e d|>", 3))
      #expect(!isCut("the<|e d", 6))
      #expect(isCut("the d|>", 3))
    }

    @Test("The sign that SentencePiece writes for a space hides no token across a cut")
    func spaceSign() throws {
      let vocabulary = TinyVocabulary(moreWords: ["▁cat▁the"])
      let file = try TemporaryFile(TinyModel(vocabulary: vocabulary).transformer().bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      let isCut = { (text: String) in tokenizer.canCut(Array(text.utf8), at: text.utf8.count - 4) }
      #expect(!isCut("a▁cat the"))
      let tokens = try tokenizer.encode(Array("a▁cat the".utf8), options: Self.continuation)
      #expect(tokens == [vocabulary.id("a"), vocabulary.id("▁cat▁the")])
      #expect(isCut("the cat abc"))
    }

    @Test("After an added token a text continues unchanged, without an added space")
    func addedTokens() throws {
      let vocabulary = TinyVocabulary()
      let file = try TemporaryFile(TinyModel(vocabulary: vocabulary).transformer().bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      let expected = ["<s>", "▁the", "<user>", "cat", "<user>", "▁cat"].map(vocabulary.id)
      #expect(try tokenizer.encode("the<user>cat<user> cat") == expected)
      #expect(try tokenizer.encode("<user>cat") == ["<s>", "<user>", "cat"].map(vocabulary.id))
    }
  }
#endif
