import ModelBackends
import Testing

@testable import Tokenizers

@Suite("Prompts of templates")
struct TemplateTests {
  private let turns = [
    Message(role: .system, content: "Be <unk> brief.</s>"), Message(role: .user, content: "<s> Why</s>?"),
    Message(role: .assistant, content: "<s>So.</s>"), Message(role: .user, content: "</s>"),
  ]

  @Test("A beginning stands once, at the start, whether the template writes it or not", arguments: ["<s>", ""])
  func beginning(spelling: String) throws {
    let tokenizer = try Fixture.tokenizer("llama-metaspace")
    let start = try #require(tokenizer.vocabulary.beginningOfText)
    let template = JinjaTemplate("", name: "tiny", vocabulary: tokenizer.vocabulary) { request in
      spelling + request.messages.map { "[\($0.role.rawValue)]\($0.content)</s>" }.joined()
    }
    var reader = ContextReader(tokenizer)
    let tokens = try reader.read(ContextText(prompt: template.prompt(for: turns))).tokens
    #expect(tokens.first == start)
    #expect(tokens.count { $0 == start } == 1)
    // Those of the template, and none that a person typed.
    #expect(tokens.count { tokenizer.vocabulary.kind(of: $0) == .control } == 1 + turns.count)
  }

  @Test("A base model's turns hold no control token but the beginning")
  func turnTemplate() throws {
    let tokenizer = try Fixture.tokenizer("llama-metaspace")
    let template = TurnTemplate(user: "Q: {content}\n", assistant: "A: {content}\n", opening: "A:")
    let tokens = try tokenizer.encode(ContextText(prompt: template.prompt(for: turns)))
    #expect(tokens.first == tokenizer.vocabulary.beginningOfText)
    #expect(tokens.count { tokenizer.vocabulary.kind(of: $0) == .control } == 1)
  }
}
