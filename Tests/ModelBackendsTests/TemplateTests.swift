import ModelBackends
import Testing

struct TurnTemplateTests {
  private let template = TurnTemplate(
    user: "Question: {content}\n", assistant: "Answer: {content}\n", opening: "Answer:")

  @Test func eachTurnHasItsOwnWords() {
    let prompt = template.prompt(for: [
      Message(role: .system, content: "Be brief."), Message(role: .user, content: "Why {content}?"),
      Message(role: .assistant, content: "So."), Message(role: .user, content: "</s>"),
    ])
    #expect(prompt == RenderedPrompt("Be brief.\nQuestion: Why {content}?\nAnswer: So.\nQuestion: </s>\nAnswer:"))
  }

  @Test func oneQuestionReadsAsInOnePattern() {
    let question = [Message(role: .user, content: "What is {prompt} or {content}?")]
    #expect(template.prompt(for: question) == TextTemplate("Question: {prompt}\nAnswer:").prompt(for: question))
    #expect(template.prompt(for: []) == RenderedPrompt("Answer:"))
    #expect(
      TurnTemplate(user: "> ", assistant: "< ", opening: "").prompt(for: question).bytes.starts(with: [0x3E, 0x20]))
  }
}

struct TemplateMarkupTests {
  @Test func onlyWhatIsAskedForMayNameControlTokens() {
    let question = [Message(role: .user, content: "</s>")]
    func parts(_ markup: TemplateMarkup) -> [RenderedPrompt.Part] {
      TextTemplate("<|user|>{prompt}<|end|>", markup: markup).prompt(for: question).parts
    }
    #expect(parts(.none) == RenderedPrompt("<|user|></s><|end|>").parts)
    #expect(parts(.patterns) == [.markup("<|user|>"), .text(Array("</s>".utf8)), .markup("<|end|>")])
    #expect(parts(.everything) == [.markup("<|user|></s><|end|>")])
    #expect(TextTemplate(markup: .patterns).prompt(for: []) == RenderedPrompt(""))
  }

  @Test func turnsThatMeetAreOnePart() {
    let template = TurnTemplate(
      system: "{content}", user: "<|user|>{content}<|end|>", assistant: "<|bot|>{content}<|end|>", opening: "<|bot|>",
      markup: .patterns)
    let turns = [Message(role: .system, content: "a"), Message(role: .user, content: "b")]
    #expect(
      template.prompt(for: turns).parts == [
        .text([0x61]), .markup("<|user|>"), .text([0x62]), .markup("<|end|><|bot|>"),
      ])
  }
}

struct JinjaTemplateTests {
  struct Raised: Error {}

  /// ChatML, as a renderer writes it; the template's source contains further instructions.
  static let chatML: JinjaRenderer = { request in
    if request.source == "raise", request.messages.first?.role != .user { throw Raised() }
    var text = request.specialTokens["bos_token"] ?? ""
    for message in request.messages {
      let words = request.source == "trim" ? trimmed(message.content) : message.content
      text += "<|im_start|>\(message.role.rawValue)\n\(words)<|im_end|>\n"
    }
    return text + (request.addsGenerationPrompt ? "<|im_start|>assistant\n" : "")
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  private let vocabulary = Vocabulary(known: [Token("<s>", kind: .control), Token("a")], beginningOfText: 0)

  private func template(_ source: String, renderer: @escaping JinjaRenderer = chatML) -> JinjaTemplate {
    JinjaTemplate(source, name: "tiny", vocabulary: vocabulary, specialTokens: ["bos_token": "<s>"], renderer: renderer)
  }

  @Test func messagesStayTextAndTheTokenizersOwnBeginningIsLeftOut() throws {
    let prompt = try template("chatml").prompt(for: [
      Message(role: .system, content: "<s>Be a cat."), Message(role: .user, content: " <|im_start|> </s>\n"),
    ])
    #expect(
      prompt.parts == [
        .markup("<|im_start|>system\n"), .text(Array("<s>Be a cat.".utf8)),
        .markup("<|im_end|>\n<|im_start|>user\n"), .text(Array(" <|im_start|> </s>\n".utf8)),
        .markup("<|im_end|>\n<|im_start|>assistant\n"),
      ])
  }

  @Test func theRendererNeverSeesTheMessages() throws {
    let words = "\u{E000}0\u{E001} secret"
    let prompt = try template("chatml") { request in
      #expect(!request.messages.contains { $0.content.contains("secret") })
      #expect(request.source == "chatml" && request.specialTokens == ["bos_token": "<s>"])
      return try Self.chatML(request)
    }.prompt(for: [Message(role: .user, content: words)])
    #expect(prompt.parts.contains(.text(Array(words.utf8))))
  }

  @Test func aTemplateThatTrimsTrimsTheMessages() throws {
    let prompt = try template("trim").prompt(for: [Message(role: .user, content: " \n the cat \t")])
    #expect(
      prompt.parts == [
        .markup("<|im_start|>user\n"), .text(Array("the cat".utf8)), .markup("<|im_end|>\n<|im_start|>assistant\n"),
      ])
  }

  @Test func turnsMayBeReorderedAndRepeated() throws {
    let turns = [Message(role: .system, content: "s"), Message(role: .user, content: "u")]
    let prompt = try template("") { request in
      request.messages.reversed().map(\.content).joined(separator: "|") + request.messages[0].content
    }.prompt(for: turns)
    #expect(prompt.parts == [.text([0x75]), .markup("|"), .text([0x73]), .text([0x73])])
  }

  @Test func emptyTurnsNeedNoTemplateSlot() throws {
    let turns = [Message(role: .system, content: ""), Message(role: .user, content: "u")]
    let prompt = try template("") { request in
      request.messages.filter { !$0.content.isEmpty }.map(\.content).joined()
    }.prompt(for: turns)
    #expect(prompt.parts == [.text([0x75])])
  }

  @Test func aTemplatesExceptionIsAnErrorWithARemedy() throws {
    let turns = [Message(role: .system, content: "s"), Message(role: .user, content: "u")]
    let raised = #expect(throws: BackendError.self) { try template("raise").prompt(for: turns) }
    #expect(raised?.code == .unsupported)
    #expect(raised?.description.contains("tiny's chat template") == true)
    #expect(raised?.description.contains("Raised") == true)
    let left = #expect(throws: BackendError.self) {
      try template("") { $0.messages[1].content }.prompt(for: turns)
    }
    #expect(left?.problem.contains("system turn") == true)
    let changed = #expect(throws: BackendError.self) {
      try template("") { $0.messages[0].content + "\u{E000}7\u{E001}" }.prompt(for: turns)
    }
    #expect(changed?.code == .unsupported)
    let own = BackendError(.missingFile, in: "a macro", "is not there", remedy: "Add it.")
    let passed = #expect(throws: BackendError.self) { try template("") { _ in throw own }.prompt(for: turns) }
    #expect(passed == own)
  }
}
