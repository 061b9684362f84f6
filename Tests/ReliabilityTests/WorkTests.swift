#if LlamaCpp
  import DeePEn
  import Testing

  @Suite("Work of a long answer", .timeLimit(.minutes(5))) struct WorkTests {
    @Test("Each member evaluates at most 1.3 times its own tokens in 400 steps", arguments: ["atlas", "scholar"])
    func evaluatedTokens(mainName: String) async throws {
      let pair = try BundledEnsemble()
      let main: any ModelBackend = mainName == "atlas" ? pair.atlas : pair.scholar
      let ensemble = try await pair.ensemble(main: main)
      let endless = try Ensemble(members: ensemble.members, fusion: Endless(ensemble))
      let question = "What is the capital of France?"
      let options = GenerationOptions(sampling: Sampling(temperature: 1, seed: 7), maximumTokens: 400)
      let response = try await endless.respond(to: question, options: options)
      #expect(response.tokens.count == 400 && response.stopReason == .length)

      let bytes = main.vocabulary.text(of: response.tokens)
      for (index, member) in endless.members.enumerated() {
        let prompt = try member.template.prompt(for: [Message(role: .user, content: question)])
        let whole = ContextText(prompt: prompt, answer: bytes, answerTokens: index == 0 ? response.tokens : nil)
        let counted = try await member.backend.makeSession().tokenCount(of: whole)
        let own = try #require(counted)
        let work = response.statistics.members[index].work
        let ratio = Double(work.evaluated) / Double(own)
        #expect(work.evaluated >= own - 4, "\(member.name) cannot have read its text.")
        #expect(ratio <= 1.3, "\(member.name) evaluated \(work.evaluated) tokens for a text of \(own).")
      }
    }
  }
#endif
