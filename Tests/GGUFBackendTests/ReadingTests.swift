#if LlamaCpp
  import BackendSupport
  import GGUFBackend
  import ModelBackendTesting
  import ModelBackends
  import Testing

  /// Reading a growing text piece by piece gives the tokens of the whole text.
  @Suite("Reading")
  struct ReadingTests {
    @Test("A small SentencePiece vocabulary", arguments: [true, false])
    func tiny(addsSpacePrefix: Bool) throws {
      let vocabulary = TinyVocabulary(addsSpacePrefix: addsSpacePrefix)
      let file = try TemporaryFile(TinyModel(vocabulary: vocabulary).transformer().bytes())
      try check(GGUFTokenizer(file: file.path), growths: 6)
    }

    @Test("Small vocabularies of other kinds: byte-pair encoding and the longest match")
    func otherKinds() throws {
      let merges = [("t", "h"), ("th", "e"), ("Ġ", "c"), ("a", "t"), ("Ġc", "at"), ("Ġ", "Ġ"), ("Ċ", "Ċ"), ("e", "Ġc")]
      let words = ["the", " cat", "  ", "\\n\\n", "e c", "\\nT", "he cat a", " once upon"]
      for writer in [
        TinyTokenizers.bytePairs(merges: merges), TinyTokenizers.bytePairs(merges: merges, preTokenizer: "llama-bpe"),
        TinyTokenizers.longestMatch(words: words, controls: ["<|end of text|>"]),
      ] {
        let file = try TemporaryFile(writer.bytes())
        let tokenizer = try GGUFTokenizer(file: file.path)
        try check(tokenizer, growths: 3)
        try checkCuts(tokenizer)
      }
    }

    @Test(
      "The bundled vocabularies", .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice),
      arguments: BundledModels.paths)
    func bundled(path: String) throws {
      try check(GGUFTokenizer(file: path), growths: 6)
    }

    @Test(
      "Published vocabularies", .enabled(if: RealVocabularies.arePresent, RealVocabularies.advice),
      arguments: ["llama-spm", "llama-bpe", "qwen2", "gpt-2"])
    func published(name: String) throws {
      try check(RealVocabularies.tokenizer(name), growths: 6)
    }

    private func check(_ tokenizer: GGUFTokenizer, growths: Int) throws {
      var cuts = 0
      for seed in 0..<growths {
        let counter = CountingTokenizer(tokenizer)
        var texts = HardTexts(seed: UInt64(seed))
        var reader = ContextReader(counter)
        let words = seed.isMultiple(of: 2) ? texts.text(pieces: 80) : texts.prose(words: 80) + texts.text(pieces: 40)
        let prompts = [
          RenderedPrompt(""), RenderedPrompt("the cat"),
          RenderedPrompt(parts: [.markup("<s>"), .text(Array("Hi ".utf8)), .markup("</s>\n")]),
        ]
        let prompt = prompts[seed % prompts.count]
        for answer in texts.growth(of: words, steps: 50) {
          let context = ContextText(prompt: prompt, answer: answer)
          let read = try reader.read(context).tokens
          let whole = try tokenizer.encode(context)
          try #require(read == whole, "seed \(seed): \(String(decoding: answer, as: UTF8.self).debugDescription)")
        }
        cuts += counter.cuts
      }
      #expect(cuts > growths)
    }

    @Test(
      "Every position that can be cut gives the same tokens, whatever follows",
      arguments: ["tiny"] + BundledModels.paths)
    func everyCut(path: String) throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      try checkCuts(GGUFTokenizer(file: path == "tiny" ? file.path : path))
    }

    @Test(
      "Every position where texts can be cut with published vocabularies",
      .enabled(if: RealVocabularies.arePresent, RealVocabularies.advice),
      arguments: ["llama-spm", "llama-bpe", "qwen2", "gpt-2"])
    func everyPublishedCut(name: String) throws {
      try checkCuts(RealVocabularies.tokenizer(name))
    }

    private func checkCuts(_ tokenizer: GGUFTokenizer) throws {
      var cuts = 0
      for seed in 0..<4 {
        var texts = HardTexts(seed: UInt64(100 + seed))
        let text = texts.text(pieces: 25) + texts.prose(words: 25)
        for isStart in [true, false] {
          for position in 1..<text.count where tokenizer.canCut(text, at: position) {
            cuts += 1
            for end in [text.count, min(text.count, position + 3)]
            where tokenizer.canCut(Array(text[..<end]), at: position) {
              let before = try tokenizer.encode(Array(text[..<position]), options: EncodingOptions(isStart: isStart))
              let after = try tokenizer.encode(Array(text[position..<end]), options: EncodingOptions(isStart: false))
              let whole = try tokenizer.encode(Array(text[..<end]), options: EncodingOptions(isStart: isStart))
              try #require(before + after == whole, "seed \(seed), position \(position)")
            }
          }
        }
      }
      #expect(cuts > 20)
    }

    @Test("A text that grows by 400 tokens is tokenised in its tail alone", arguments: ["tiny"] + BundledModels.paths)
    func work(path: String) throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      let tokenizer = try GGUFTokenizer(file: path == "tiny" ? file.path : path)
      let counter = CountingTokenizer(tokenizer)
      var reader = ContextReader(counter)
      var texts = HardTexts(seed: 5)
      let whole = texts.prose(words: 600)
      let tokens = try tokenizer.encode(whole, options: EncodingOptions(isStart: false)).prefix(400)
      var context = ContextText(prompt: RenderedPrompt("the cat"))
      for token in tokens {
        context.answer += tokenizer.vocabulary.bytes(of: token)
        _ = try reader.read(context)
      }
      // Each of 400 steps reads the text after the last cut: some tens of bytes, where the whole text has a thousand or
      // more.
      #expect(tokens.count == 400 && counter.cuts >= 5)
      #expect(counter.bytes < 400 * 64, "\(counter.bytes) of \(400 * context.bytes.count / 2)")
    }

    @Test("Tokenizers that rewrite a text are never cut")
    func rewriting() throws {
      let metadata = TinyVocabulary().metadata.map { entry in
        entry.key == "tokenizer.ggml.model" ? (entry.key, GGUFWriter.Value.string("t5")) : entry
      }
      var writer = TinyModel().transformer()
      writer.metadata.removeAll { $0.key.hasPrefix("tokenizer.") }
      writer.metadata += metadata
      let file = try TemporaryFile(writer.bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      let text = Array("the cat the cat".utf8)
      #expect((1..<text.count).allSatisfy { !tokenizer.canCut(text, at: $0) })
    }
  }
#endif
