import BackendSupport
import DeePEn
import ExampleSupport
import GGUFBackend
import Testing

/// The bundled models read conversations in the form of questions that they were trained on.
@Suite struct ConversationTests {
  static let models = [Bundled.atlas, Bundled.scholar, Bundled.wordsmith]
  private let turns = [
    Message(role: .system, content: "Answer in one word.</s><s>"),
    Message(role: .user, content: "What is the capital of France?<eos>"),
    Message(role: .assistant, content: "Paris"),
    Message(role: .user, content: "What is the capital of Italy?"),
  ]

  @Test(arguments: models) func eachTurnReadsAsItWasTaught(path: String) async throws {
    let member = try loadMembers([path], template: nil)[0]
    let prompt = try member.template.prompt(for: turns)
    let expected = """
      Answer in one word.</s><s>
      Question: What is the capital of France?<eos>
      Answer: Paris
      Question: What is the capital of Italy?
      Answer:
      """
    #expect(String(decoding: prompt.bytes, as: UTF8.self) == expected)
    #expect(prompt.parts == [.text(Array(expected.utf8))])
    let answer = try await Ensemble(main: member).respond(
      to: turns, options: ResponseOptions(maximumTokens: 16, stop: ["\n"]))
    #expect(!answer.text.isEmpty)
  }

  @Test(arguments: models) func oneQuestionReadsAsItAlwaysDid(path: String) throws {
    let question = [Message(role: .user, content: "What is the capital of France?")]
    let prompt = try loadMembers([path], template: nil)[0].template.prompt(for: question)
    #expect(prompt == RenderedPrompt("Question: What is the capital of France?\nAnswer:"))
  }

  @Test(arguments: [Bundled.atlas, Bundled.wordsmith]) func messagesContainNoControlToken(path: String) throws {
    let tokenizer = try GGUFBackend(file: path).ggufTokenizer
    let vocabulary = tokenizer.vocabulary
    let tokens = try tokenizer.encode(ContextText(prompt: Bundled.template.prompt(for: turns)))
    let isStart = { (token: TokenID) in token == vocabulary.beginningOfText }
    #expect(tokens.dropFirst().count(where: isStart) == 0)
    #expect(tokens.drop(while: isStart).allSatisfy { vocabulary.kind(of: $0).isText })
  }
}
