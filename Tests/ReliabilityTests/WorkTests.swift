#if LlamaCpp
  import DeePEn
  import Foundation
  import GGUFBackend
  import Testing

  @Suite(
    "Work of a long answer", .enabled(if: BundledEnsemble.isAvailable, BundledEnsemble.advice), .timeLimit(.minutes(20))
  )
  struct WorkTests {
    struct Case: Sendable {
      var members: [String]
      var steps: Int
    }

    /// wordsmith was trained on no more than 256 positions.
    static let cases = [
      Case(members: ["atlas", "scholar"], steps: 400), Case(members: ["scholar", "atlas"], steps: 400),
      Case(members: ["wordsmith", "scholar", "atlas"], steps: 200),
      Case(members: ["scholar", "wordsmith"], steps: 150),
    ]

    @Test("Each member evaluates at most 1.3 times its own tokens", arguments: cases)
    func evaluatedTokens(of ensemble: Case) async throws {
      let pair = try BundledEnsemble()
      let wordsmith = try GGUFBackend(file: BundledEnsemble.models.appending(path: "wordsmith/wordsmith.gguf").path)
      let backends: [any ModelBackend] = [pair.atlas, pair.scholar, wordsmith]
      let members = ensemble.members.compactMap { name in backends.first { $0.name == name } }
        .map { Member($0, template: BundledEnsemble.template) }
      // The members' reading depends on the tokens that are chosen, not on the rule that chooses them.
      let fusion = Endless(MainModelOnly(), main: members[0].backend)
      let question = "What is the capital of France?"
      let options = ResponseOptions(sampling: Sampling(temperature: 1, seed: 7), maximumTokens: ensemble.steps)
      let response = try await Ensemble(members: members, fusion: fusion).respond(to: question, options: options)
      #expect(response.tokens.count == ensemble.steps && response.stopReason == .length)

      let bytes = members[0].backend.vocabulary.text(of: response.tokens)
      for (index, member) in members.enumerated() {
        let prompt = try member.template.prompt(for: [Message(role: .user, content: question)])
        let whole = ContextText(prompt: prompt, answer: bytes, answerTokens: index == 0 ? response.tokens : nil)
        let own = try #require(try await member.backend.makeSession().tokenCount(of: whole))
        let evaluated = response.statistics.members[index].work.evaluated
        #expect(evaluated >= own - 4, "\(member.name) cannot have read its text.")
        let ratio = Double(evaluated) / Double(own)
        print("\(ensemble.members[0]) main, \(member.name): \(evaluated) evaluated, \(own) own, \(ratio)")
        #expect(ratio <= 1.3, "\(member.name) evaluated \(evaluated) tokens for a text of \(own).")
      }
    }
  }
#endif
