import BackendSupport
import LinearAlgebra
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

@Suite("Prompts of templates")
struct TemplateTests {
  private let turns = [
    Message(role: .system, content: "Be <unk> brief.</s>"), Message(role: .user, content: "<s> Why</s>?"),
    Message(role: .assistant, content: "<s>So.</s>"), Message(role: .user, content: "</s>"),
  ]

  @Test(
    "The beginning-of-text token occurs once, at the start, whether the template writes it or not",
    arguments: ["<s>", ""])
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
    // The template's, and none that a user typed.
    #expect(tokens.count { tokenizer.vocabulary.kind(of: $0) == .control } == 1 + turns.count)
  }

  @Test("A prompt of text and markup has the ids of the whole text", arguments: Fixture.names)
  func wholeText(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    // Names that are searched for after normalisation are literal in markup; a whole text may hide them.
    let controls = tokenizer.addedTokens.tokens.filter { $0.isSpecial && !$0.isNormalized }
      .map { String(decoding: $0.content, as: UTF8.self) }
    var random = SplitMix64(seed: 7)
    let words = ["the cat", " the", "cat ", "Hi.", " 12 345", "é", "\n", "?", ""]
    let markup = ["User: ", "\n\nAssistant:", " ", "x", ": "]
    for _ in 0..<60 {
      var parts: [RenderedPrompt.Part] = []
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let choice = Int.random(in: 0..<3, using: &random)
        let source = choice == 0 ? words : choice == 1 || controls.isEmpty ? markup : controls
        let text = source.randomElement(using: &random)!
        parts.append(choice == 0 ? .text(Array(text.utf8)) : .markup(text))
      }
      let prompt = RenderedPrompt(parts: parts)
      let read = try tokenizer.encode(ContextText(prompt: prompt))
      let whole = try tokenizer.encode(prompt.bytes, options: EncodingOptions(readsControlTokens: true))
      try #require(read == whole, "\(parts)")
    }
  }

  @Test(
    "Ids of the library for texts with control tokens, behind which a space is put or not",
    arguments: [
      ("llama-legacy", [2, 478, 484, 490, 2, 404, 75, 307]), ("llama-metaspace", [2, 318, 464, 484, 490, 2, 75, 307]),
    ])
  func spaces(name: String, ids: [Int]) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let prompt = RenderedPrompt(parts: [
      .markup("</s>"), .text(Array("the c".utf8)), .markup("at</s>"), .text(Array("Hi".utf8)),
    ])
    #expect(try tokenizer.encode(ContextText(prompt: prompt)) == tokenizer.leadingTokens + ids)
    let asked = TextTemplate("User: {prompt}\n\nAssistant:", markup: .patterns)
      .prompt(for: [Message(role: .user, content: "the cat")])
    let whole = [404, 88, 317, 551, 478, 484, 490, 489, 282, 317, 317, 307, 317, 318, 467, 656]
    #expect(try tokenizer.encode(ContextText(prompt: asked)) == tokenizer.leadingTokens + whole)
  }

  @Test("A base model's turns contain no control token but the beginning of text")
  func turnTemplate() throws {
    let tokenizer = try Fixture.tokenizer("llama-metaspace")
    let template = TurnTemplate(user: "Q: {content}\n", assistant: "A: {content}\n", opening: "A:")
    let tokens = try tokenizer.encode(ContextText(prompt: template.prompt(for: turns)))
    #expect(tokens.first == tokenizer.vocabulary.beginningOfText)
    #expect(tokens.count { tokenizer.vocabulary.kind(of: $0) == .control } == 1)
  }
}
