#if LlamaCpp
  import DeePEn
  import Foundation
  import GGUFBackend
  import ONNXBackend
  import Testing

  @Suite("Work of weights by the prompt", .enabled(if: BundledEnsemble.isAvailable, BundledEnsemble.advice))
  struct PromptWorkTests {
    /// The longest pass of an engine over a prompt.
    private static let stride = max(GGUFBackend.Options().batchSize, ONNXBackend.Options().tokensPerRun)

    private static let conversation = [
      Message(role: .user, content: "What is the capital of France, and which river flows through it?"),
      Message(role: .assistant, content: "Paris, on the Seine."),
      Message(role: .user, content: "What is the chemical symbol of the element that is called gold?"),
    ]

    @Test("Both engines score while they read: only the last pass is made twice, and the answer does not change")
    func evaluatesLittleTwice() async throws {
      let pair = try BundledEnsemble()
      let wordsmith = try GGUFBackend(file: BundledEnsemble.models.appending(path: "wordsmith/wordsmith.gguf").path)
      let members = pair.members(main: pair.atlas) + [Member(wordsmith, template: BundledEnsemble.template)]
      func responses(_ rule: any EnsembleRule) async throws -> [Response] {
        let ensemble = try await Ensemble(main: members[0], assistants: Array(members.dropFirst()), rule: rule)
        var responses: [Response] = []
        for count in [1, 3] {
          responses.append(
            try await ensemble.respond(
              to: Array(Self.conversation.prefix(count)), options: ResponseOptions(maximumTokens: 12)))
        }
        return responses
      }
      let plain = try await responses(.standard)
      let weighted = try await responses(
        .promptWeighted(.standard, weighting: PerplexityWeighting(sharpness: 0)))
      #expect(plain.map(\.text) == weighted.map(\.text))
      for index in members.indices {
        let (before, after) = (plain[0].statistics.members[index], weighted[0].statistics.members[index])
        let prompt = ContextText(prompt: try members[index].template.prompt(for: [Self.conversation[0]]))
        let last = try #require(try await members[index].backend.makeSession().tokenCount(of: prompt))
        #expect(after.work.evaluated >= before.work.evaluated && after.steps == before.steps)
        #expect(after.work.evaluated <= before.work.evaluated + min(last, Self.stride))
        // The text after the first question is read again, because nothing was cached of it while it was generated.
        let whole = ContextText(
          prompt: try members[index].template.prompt(for: Self.conversation), answer: Array(plain[1].text.utf8))
        let count = try #require(try await members[index].backend.makeSession().tokenCount(of: whole))
        #expect(weighted[1].statistics.members[index].work.evaluated <= count + 12 + Self.stride)
      }
    }

    @Test("A later turn does not read the first one again") func laterTurns() async throws {
      let pair = try BundledEnsemble()
      for backend in [pair.atlas, pair.scholar] as [any ModelBackend] {
        let session = try await backend.makeSession()
        let template = BundledEnsemble.template
        let first = template.prompt(for: Array(Self.conversation.prefix(1)))
        let second = template.prompt(for: Self.conversation)
        let whole = try #require(try await session.promptScore(of: first))
        let more = try #require(try await session.promptScore(of: second))
        #expect(whole.work.evaluated > 0 && more.work.kept >= whole.work.evaluated / Self.stride * Self.stride)
        #expect(more.byteCount > whole.byteCount && more.logProbability < whole.logProbability)
        let again = try #require(try await session.promptScore(of: second))
        #expect(again.work == Prediction.Work() && again.logProbability == more.logProbability)
      }
    }
  }
#endif
