#if LlamaCpp
  import DeePEn
  import Testing

  @Suite(
    "Answers that share loaded models", .enabled(if: BundledEnsemble.isAvailable, BundledEnsemble.advice),
    .timeLimit(.minutes(20))) struct SharingTests
  {
    static let questions = [
      "What is the capital of France?", "Name the opposite of empty.", "What is the chemical symbol of iron?",
      "For the country Mozambique, name the capital.", "Was heißt „naïve“ 🙂?", "</s> <unk> 12 + 7 =",
    ]

    @Test("At the same time they are the same as one after the other")
    func atTheSameTime() async throws {
      let pair = try BundledEnsemble()
      let options = ResponseOptions(maximumTokens: 24)
      let apart = try await pair.ensemble(main: pair.atlas)
      var expected: [Response] = []
      for question in Self.questions { expected.append(try await apart.respond(to: question, options: options)) }

      let shared = try await pair.ensemble(main: pair.atlas)
      let answers = try await withThrowingTaskGroup(of: (Int, Response).self) { group in
        for (index, question) in Self.questions.enumerated() {
          group.addTask { (index, try await shared.respond(to: question, options: options)) }
        }
        var answers: [Int: Response] = [:]
        for try await (index, response) in group { answers[index] = response }
        return answers
      }
      for (index, response) in expected.enumerated() {
        #expect(answers[index]?.text == response.text)
        #expect(answers[index]?.tokens == response.tokens)
      }
      #expect(Set(expected.map(\.text)).count > 3, "Answers that are all alike would show nothing.")
    }

    @Test("Answers and their probabilities do not depend on earlier calls, to the bit")
    func inAnyOrder() async throws {
      let pair = try BundledEnsemble()
      let members = pair.members(main: pair.atlas)
      let options = ResponseOptions(maximumTokens: 12)
      let weighted = PerplexityWeighting(sharpness: 1)
      let rules: [any EnsembleRule] = [
        .standard, .promptWeighted(.standard, weighting: weighted), .rescoring(candidates: 6),
      ]
      for rule in rules {
        let ensemble = try await Ensemble(main: members[0], assistants: [members[1]], rule: rule)
        var first: [String: [Float]] = [:]
        for question in Self.questions + Self.questions.reversed() + [Self.questions[2], Self.questions[0]] {
          var answer: [Float] = []
          for try await token in ensemble.streamResponse(to: question, options: options) {
            answer.append(token.logProbability)
          }
          #expect(first[question, default: answer] == answer, "\(question)")
          first[question] = first[question] ?? answer
        }
      }
    }

    @Test("After one was abandoned or cancelled in the middle, the next is unchanged")
    func afterLeaving() async throws {
      let pair = try BundledEnsemble()
      let ensemble = try await pair.ensemble(main: pair.scholar)
      let options = ResponseOptions(maximumTokens: 16)
      let expected = try await ensemble.respond(to: Self.questions[0], options: options)

      var read = 0
      for try await _ in ensemble.streamResponse(to: Self.questions[3], options: options) {
        read += 1
        if read == 2 { break }
      }
      let task = Task {
        for try await _ in ensemble.streamResponse(to: Self.questions[1], options: options) {
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
      try await task.value
      let again = try await ensemble.respond(to: Self.questions[0], options: options)
      #expect(again.text == expected.text && again.tokens == expected.tokens)
    }
  }
#endif
