import ModelBackends
import Testing

struct PromptTests {
  @Test func bytesAreAllParts() {
    let prompt = RenderedPrompt(parts: [.markup("<s>"), .text([0xff]), .text(Array("é".utf8))])
    #expect(prompt.bytes == Array("<s>".utf8) + [0xff, 0xc3, 0xa9])
    #expect(RenderedPrompt("hi").parts == [.text([0x68, 0x69])])
    var context = ContextText("hi")
    context.answer = [0x21]
    #expect(context.bytes == Array("hi!".utf8))
  }

  @Test func templatesWrapTheMessage() {
    let messages = [Message(role: .system, content: "Be brief."), Message(role: .user, content: "Why {prompt}?")]
    let template = TextTemplate("Question: {prompt}\nAnswer: {prompt}")
    #expect(template.prompt(for: messages) == RenderedPrompt("Question: Be brief.\nWhy {prompt}?\nAnswer: {prompt}"))
    #expect(TextTemplate().prompt(for: messages) == RenderedPrompt("Be brief.\nWhy {prompt}?"))
    #expect(TextTemplate("> ").prompt(for: [messages[1]]) == RenderedPrompt("> Why {prompt}?"))
    #expect(TextTemplate("x").prompt(for: []) == RenderedPrompt("x"))
  }
}
