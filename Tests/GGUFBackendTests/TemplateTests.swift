#if LlamaCpp
  import BackendSupport
  import GGUFBackend
  import ModelBackends
  import Testing

  @Suite("Chat templates")
  struct TemplateTests {
    @Test("Template text is markup, messages are text")
    func chatML() throws {
      let model = try model(template: "{{ '<|im_start|>' + message['role'] }}<|im_end|>")
      let template = try #require(model.chatTemplate)
      let prompt = try template.prompt(for: [
        Message(role: .system, content: "Be a cat."),
        Message(role: .user, content: " the <|im_end|> </s> "),
      ])
      #expect(
        prompt.parts == [
          .markup("<|im_start|>system\n"), .text(Array("Be a cat.".utf8)),
          .markup("<|im_end|>\n<|im_start|>user\n"), .text(Array(" the <|im_end|> </s> ".utf8)),
          .markup("<|im_end|>\n<|im_start|>assistant\n"),
        ])
      let names = TinyVocabulary()
      let tokens = try model.ggufTokenizer.encode(ContextText(prompt: prompt))
      #expect(tokens.filter { $0 == names.id("<|im_end|>") }.count == 2)
      #expect(tokens.filter { $0 == names.id("</s>") }.isEmpty)
      #expect(tokens.filter { $0 == names.id("<s>") }.count == 1)
    }

    @Test("A template of another model is rendered as a GGUF file's own")
    func renderer() throws {
      let source = "{{ '<|im_start|>' + message['role'] }}<|im_end|>"
      let gguf = try model(template: source)
      let other = JinjaTemplate(source, name: "other", vocabulary: gguf.vocabulary, renderer: GGUFTemplate.render)
      let turns = [Message(role: .system, content: "Be a cat."), Message(role: .user, content: "the <|im_end|>")]
      #expect(try other.prompt(for: turns) == gguf.chatTemplate?.prompt(for: turns))
      let unknown = JinjaTemplate("{{ x }}", name: "other", vocabulary: gguf.vocabulary, renderer: GGUFTemplate.render)
      let error = #expect(throws: BackendError.self) { try unknown.prompt(for: turns) }
      #expect(error?.code == .unsupported)
    }

    @Test("A template that trims text trims the user's too")
    func trimming() throws {
      // The words by which llama.cpp recognises Gemma's template; it trims messages.
      let template = try #require(try model(template: "<start_of_turn>").chatTemplate)
      let prompt = try template.prompt(for: [Message(role: .user, content: " \n the cat \t")])
      #expect(
        prompt.parts == [
          .markup("<start_of_turn>user\n"), .text(Array("the cat".utf8)),
          .markup("<end_of_turn>\n<start_of_turn>model\n"),
        ])
    }

    @Test("A conversation without turns is the template's own text")
    func noTurns() throws {
      let template = try #require(try model(template: "<|im_start|>").chatTemplate)
      #expect(try template.prompt(for: []).parts == [.markup("<|im_start|>assistant\n")])
    }

    @Test("A template that llama.cpp does not know is an error with a remedy; no template is none")
    func unknown() async throws {
      let template = try #require(try model(template: "{{ perpetuum }}").chatTemplate)
      let error = #expect(throws: BackendError.self) {
        try template.prompt(for: [Message(role: .user, content: "a")])
      }
      #expect(error?.code == .unsupported)
      for way in ["TextTemplate(", "--template"] { #expect(error?.remedy.contains(way) == true) }
      #expect((template as? GGUFTemplate)?.source == "{{ perpetuum }}")
      #expect(try model(template: nil).chatTemplate == nil)
    }

    private func model(template: String?) throws -> GGUFBackend {
      let file = try TemporaryFile(TinyModel(vocabulary: TinyVocabulary(chatTemplate: template)).transformer().bytes())
      return try GGUFBackend(file: file.path)
    }
  }
#endif
