#if LlamaCpp
  import BackendSupport
  import Foundation
  import GGUFBackend
  import ModelBackends
  import Testing

  /// A prompt of words and markup has the tokens that llama.cpp gives the whole text, where no user text contains a
  /// control token.
  @Suite("Prompts of text and markup")
  struct PromptReadingTests {
    private static let words = [
      "the cat", " the", "cat ", "Hi  there.", "12 345", "é漢🙂", "\n", "a\n\n", "?", "", "\t x",
    ]
    private static let markup = ["User: ", "\n\nAssistant:", " ", "x", "Q", "\n", ": ", "<|im_", "</"]

    private func check(_ tokenizer: GGUFTokenizer, controls: [String], seed: UInt64 = 0) throws {
      var random = SeededRandom(seed: seed)
      for _ in 0..<60 {
        var parts: [RenderedPrompt.Part] = []
        for _ in 0..<Int.random(in: 1...9, using: &random) {
          let choice = Int.random(in: 0..<3, using: &random)
          let source = choice == 0 ? Self.words : choice == 1 || controls.isEmpty ? Self.markup : controls
          let text = source.randomElement(using: &random)!
          parts.append(choice == 0 ? .text(Array(text.utf8)) : .markup(text))
        }
        let prompt = RenderedPrompt(parts: parts)
        let whole = EncodingOptions(readsControlTokens: !controls.isEmpty)
        let expected = try tokenizer.encode(prompt.bytes, options: whole)
        var reader = ContextReader(tokenizer)
        let read = try reader.read(ContextText(prompt: prompt))
        try #require(read.tokens == expected, "\(parts)")
        #expect(try tokenizer.encode(ContextText(prompt: prompt)) == expected)
      }
    }

    @Test("A small SentencePiece vocabulary", arguments: [true, false])
    func tiny(addsSpacePrefix: Bool) throws {
      let file = try TemporaryFile(
        TinyModel(vocabulary: TinyVocabulary(addsSpacePrefix: addsSpacePrefix)).transformer().bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      try check(tokenizer, controls: [])
      try check(tokenizer, controls: ["</s>", "<|im_start|>", "<|im_end|>\n", "a<|im_start|>"])
      // Where every text begins with a space, so does a word that follows a control token.
      let model = try GGUFBackend(file: file.path)
      for prompt in [RenderedPrompt(""), RenderedPrompt(parts: [.markup("a<|im_start|>")])] {
        #expect(prompt.asksForSpace(readBy: model) == addsSpacePrefix)
      }
      #expect(!RenderedPrompt(parts: [.markup("<|im_start|>a\n")]).asksForSpace(readBy: model))
    }

    @Test(
      "The bundled vocabularies", .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice),
      arguments: BundledModels.paths)
    func bundled(path: String) throws {
      let tokenizer = try GGUFTokenizer(file: path)
      let vocabulary = tokenizer.vocabulary
      let controls = vocabulary.endOfGeneration.filter { vocabulary.kind(of: $0) == .control }
        .map { String(decoding: vocabulary.bytes(of: $0), as: UTF8.self) }
      try check(tokenizer, controls: [])
      try check(tokenizer, controls: controls)
    }

    @Test(
      "Published vocabularies", .enabled(if: RealVocabularies.arePresent, RealVocabularies.advice),
      arguments: [
        ("llama-spm", "</s>"), ("llama-bpe", "<|eot_id|>"), ("qwen2", "<|endoftext|>"), ("gpt-2", "<|endoftext|>"),
      ])
    func published(name: String, control: String) throws {
      let tokenizer = try RealVocabularies.tokenizer(name)
      try check(tokenizer, controls: [])
      try check(tokenizer, controls: [control, control + "\n"])
    }

    @Test("A user's text becomes no control token, alone or joined with a template's text")
    func halves() throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      let tokenizer = try GGUFTokenizer(file: file.path)
      let parts: [[RenderedPrompt.Part]] = [
        [.markup("<|im_"), .text(Array("end|>".utf8))], [.text(Array("<|im_".utf8)), .markup("end|>")],
        [.markup("</"), .text(Array("s".utf8)), .markup(">")], [.markup("a"), .text(Array("</s>".utf8)), .markup("b")],
      ]
      for parts in parts {
        let prompt = RenderedPrompt(parts: parts)
        let tokens = try tokenizer.encode(ContextText(prompt: prompt))
        #expect(tokens.dropFirst().allSatisfy { tokenizer.vocabulary.kind(of: $0).isText })
        #expect(tokens == (try tokenizer.encode(prompt.bytes, options: EncodingOptions())))
      }
    }
  }

  /// The ids are those of PyPI's `tokenizers` for the whole text.
  @Suite(
    "Real models' prompts and ends",
    .enabled(if: RealModels.folder != nil, RealModels.advice))
  struct RealPromptTests {
    @Test(
      "Text beside a template's is tokenised with it",
      arguments: [
        (
          "qwen05b", "User: {prompt}\n\nAssistant:", "Why is it so?",
          [1474, 25, 8429, 374, 432, 773, 1939, 71703, 25]
        ),
        (
          "smollm2-135m", "User: {prompt}\n\nAssistant:", "Why is it so?",
          [11126, 42, 4896, 314, 357, 588, 47, 198, 198, 9519, 9531, 42]
        ),
        (
          "gemma3-270m-q4_k_m", "USER: {prompt}\nASSISTANT:", "hello world",
          [2, 20791, 236787, 29104, 1902, 107, 11020, 4169, 9071, 236787]
        ),
      ], [TemplateMarkup.none, .patterns, .everything])
    func boundaries(_ known: (model: String, pattern: String, words: String, ids: [Int]), markup: TemplateMarkup) throws
    {
      let tokenizer = try RealModels.tokenizer(known.model)
      let prompt = TextTemplate(known.pattern, markup: markup).prompt(for: [Message(role: .user, content: known.words)])
      #expect(try tokenizer.encode(ContextText(prompt: prompt)) == known.ids)
    }

    @Test("An answer continues after the end of an HTML element", arguments: ["<td><s>old</s></td>\n<td><s>older"])
    func html(text: String) async throws {
      let model = try GGUFBackend(file: RealModels.path("gemma3-270m-q4_k_m"))
      let session = try await model.makeSession()
      var chosen: [TokenID] = []
      while chosen.count < 4, !chosen.contains(212) {
        let context = ContextText(
          prompt: RenderedPrompt(text), answer: model.vocabulary.text(of: chosen), answerTokens: chosen)
        let logits = try await session.predict(after: context).logits
        chosen.append(logits.indices.max { logits[$0] < logits[$1] }!)
      }
      #expect(chosen.last == 212 && !model.vocabulary.isEndOfGeneration(212))
      #expect(model.vocabulary.text(of: [212]) == Array("</s>".utf8))
    }

    @Test("A word follows a chat template's end without a space", arguments: ["qwen05b", "smollm2-135m"])
    func spaces(name: String) throws {
      let model = try GGUFBackend(file: RealModels.path(name))
      let turns = [Message(role: .user, content: "A or B?")]
      #expect(try model.chatTemplate?.prompt(for: turns).asksForSpace(readBy: model) == false)
      #expect(TextTemplate("{prompt}\nAnswer:").prompt(for: turns).asksForSpace(readBy: model))
    }

    @Test("Ends of generation are those that the files and their control tokens name")
    func ends() throws {
      let gemma = try RealModels.tokenizer("gemma3-270m-q4_k_m")
      #expect(gemma.vocabulary.endOfGeneration == [1, 106, 2])
      #expect(try gemma.encode("</s>") == [2, 212])
      #expect(try gemma.encode("a</s>") == [2, 236746, 212])
      let qwen = try RealModels.tokenizer("qwen05b").vocabulary
      #expect(qwen.endOfGeneration == [151645, 151643] && qwen.kind(of: 128247) == .normal)
      #expect(try RealModels.tokenizer("smollm2-135m").vocabulary.endOfGeneration == [2, 0, 1])
    }
  }
#endif
