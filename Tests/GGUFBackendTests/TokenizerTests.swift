#if LlamaCpp
  import BackendSupport
  import GGUFBackend
  import ModelBackends
  import Testing

  @Suite("Tokenizer")
  struct TokenizerTests {
    let names = TinyVocabulary()
    let file: TemporaryFile
    let tokenizer: GGUFTokenizer

    init() throws {
      file = try TemporaryFile(TinyModel().transformer().bytes())
      tokenizer = try GGUFTokenizer(file: file.path)
    }

    @Test("Tokens are bytes with a kind")
    func vocabulary() {
      let vocabulary = tokenizer.vocabulary
      #expect(vocabulary.count == names.count)
      #expect(vocabulary[names.id("▁the")] == Token(" the"))
      #expect(vocabulary[names.id("<0xE9>")] == Token(bytes: [0xE9], kind: .byte))
      #expect(vocabulary[names.id("</s>")] == Token("</s>", kind: .control))
      #expect(vocabulary.kind(of: names.id("<unk>")) == .unknown)
      #expect(vocabulary.kind(of: names.id("<user>")) == .userDefined)
      #expect(vocabulary.kind(of: names.id("<nothing>")) == .unused)
      #expect(vocabulary.beginningOfText == names.id("<s>"))
    }

    @Test("Every token that ends a generation is one: end of text, end of turn, and the beginning of another text")
    func endOfGeneration() {
      #expect(tokenizer.vocabulary.endOfGeneration == ["</s>", "<|im_end|>", "<s>"].map(names.id))
    }

    @Test("A start has its marker and space; a continuation has neither")
    func starts() throws {
      let start = try tokenizer.encode(Array("the cat".utf8), options: EncodingOptions(isStart: true))
      #expect(start == [names.id("<s>"), names.id("▁the"), names.id("▁cat")])
      let continuation = try tokenizer.encode(Array(" cat".utf8), options: EncodingOptions(isStart: false))
      #expect(continuation == [names.id("▁cat")])
      let word = try tokenizer.encode(Array("cat".utf8), options: EncodingOptions(isStart: false))
      #expect(word == [names.id("cat")])
      #expect(try tokenizer.encode([], options: EncodingOptions(isStart: false)).isEmpty)
    }

    @Test("The spelling of a control token is text, unless it is markup")
    func controlTokens() throws {
      let end = names.id("</s>")
      #expect(!(try tokenizer.encode("a</s>")).contains(end))
      #expect(try tokenizer.vocabulary.text(of: tokenizer.encode("a</s>")) == Array(" a</s>".utf8))
      let markup = EncodingOptions(isStart: false, readsControlTokens: true)
      #expect(try tokenizer.encode(Array("a</s>".utf8), options: markup) == [names.id("a"), end])
    }

    @Test("Any bytes are decoded unchanged, inside characters too")
    func roundTrip() throws {
      var random = SeededRandom(seed: 11)
      let options = EncodingOptions(isStart: false)
      let pieces: [[UInt8]] = [
        Array("the cat".utf8), Array("é漢🙂\0\r\n\t".utf8), [0xE6, 0xBC], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80],
        [0x80],
        [0xF0, 0x9F, 0x99],
      ]
      for _ in 0..<200 {
        let text = (0..<Int.random(in: 0...5, using: &random)).flatMap { _ in
          pieces[Int.random(in: pieces.indices, using: &random)]
        }
        #expect(try tokenizer.vocabulary.text(of: tokenizer.encode(text, options: options)) == text)
      }
    }

    @Test("A byte without a token is named in the error")
    func inexpressible() throws {
      let file = try TemporaryFile(TinyModel(vocabulary: TinyVocabulary(hasBytes: false)).transformer().bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      for (text, byte) in [([0xFE], "0xFE"), (Array("az".utf8), "0x7A"), (Array("é".utf8), "0xC3 0xA9")] {
        let error = #expect(throws: BackendError.self) { try tokenizer.encode(text, options: EncodingOptions()) }
        #expect(error?.code == .tokenization)
        #expect(error?.problem.hasSuffix(byte) == true, "\(String(describing: error))")
      }
      #expect(try tokenizer.vocabulary.text(of: tokenizer.encode("the cat")) == Array(" the cat".utf8))
    }

    @Test("A prompt and its answer are tokenised as one text; the answer's own tokens are kept")
    func contexts() throws {
      let whole = try tokenizer.encode("the cat the")
      var context = ContextText(prompt: RenderedPrompt("the ca"), answer: Array("t the".utf8))
      #expect(try tokenizer.encode(context) == whole)
      context.answerTokens = [names.id("t"), names.id("▁the")]
      #expect(try tokenizer.encode(context).suffix(2) == [names.id("t"), names.id("▁the")])
    }
  }
#endif
