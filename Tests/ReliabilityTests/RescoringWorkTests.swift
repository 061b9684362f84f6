#if LlamaCpp
  import DeePEn
  import Foundation
  import GGUFBackend
  import LinearAlgebra
  import Testing

  /// The results and the cost of rescoring, on real models.
  @Suite(
    "Rescoring with real models", .enabled(if: BundledEnsemble.isAvailable, BundledEnsemble.advice),
    .timeLimit(.minutes(20))) struct RescoringWorkTests
  {
    @Test("Evaluates fewer tokens for twenty candidates than there are candidates", arguments: [0, 1])
    func work(main: Int) async throws {
      let pair = try BundledEnsemble(contextLength: 256)
      let backends: [any ModelBackend] = [pair.atlas, pair.scholar]
      let members = pair.members(main: backends[main])
      let options = ResponseOptions(maximumTokens: 40)
      let ensemble = try await Ensemble(
        main: members[0], assistants: [members[1]], rule: .rescoring(candidates: 20))
      let plainly = try Ensemble(members: members, fusion: MainModelOnly())
      var (steps, plainSteps, tokens, plainTokens) = (0, 0, 0, 0)
      var (fusing, whole) = (Duration.zero, Duration.zero)
      for subject in ["capital of France", "opposite of hot", "symbol of gold", "plural of mouse", "past tense of go"] {
        let question = "What is the \(subject)?"
        let statistics = try await ensemble.respond(to: question, options: options).statistics
        steps += statistics.steps
        tokens += statistics.members[1].work.evaluated
        fusing += statistics.fusionDuration
        whole += statistics.duration
        let plain = try await plainly.respond(to: question, options: options).statistics
        plainSteps += plain.steps
        plainTokens += plain.members[1].work.evaluated
      }
      let (evaluated, without) = (Double(tokens) / Double(steps), Double(plainTokens) / Double(plainSteps))
      print(
        "rescoring, \(members[0].name) main: \(steps) steps, \(evaluated) tokens a step evaluated by "
          + "\(members[1].name)",
        "(\(without) without), \(fusing / steps) a step of \(whole / steps)")
      #expect(steps > 12)
      #expect(evaluated > without)
      #expect(evaluated - without < 20)
    }

    @Test("Agrees with the product of byte after byte", arguments: [0, 1])
    func bytes(model: Int) async throws {
      let pair = try BundledEnsemble(contextLength: 256)
      let backends: [any ModelBackend] = [pair.atlas, pair.scholar]
      let backend = backends[model]
      let session = try await backend.makeSession()
      let text = "Question: What is the capital of France?\nAnswer: The capital of"
      let continuations = [" France", " the", " Fr", " is", " Italy is"].map { Array($0.utf8) }
      let scores = try #require(
        try await session.score(continuations, after: ContextText(text)) as ContinuationScores?)
      for (continuation, score) in zip(continuations, scores.logProbabilities) {
        var product = 0.0
        for index in continuation.indices {
          let context = ContextText(prompt: RenderedPrompt(text), answer: Array(continuation[..<index]))
          let distribution = try softmax(try await session.predict(after: context).logits)
          let tokens = backend.vocabulary.tokens(beginningWith: [continuation[index]])
          product += log(tokens.reduce(0) { $0 + Double(distribution[$1]) })
        }
        let found = try #require(score)
        print(backend.name, String(decoding: continuation, as: UTF8.self).debugDescription, found, product)
        #expect(abs(found - product) < 0.01)
      }
    }
  }
#endif
