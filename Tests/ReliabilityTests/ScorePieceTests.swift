#if LlamaCpp
  import DeePEn
  import Testing

  @testable import Ensembling

  @Suite(
    "Scores of real models", .enabled(if: BundledEnsemble.isAvailable, BundledEnsemble.advice), .timeLimit(.minutes(20))
  )
  struct ScorePieceTests {
    static let texts = [
      " The capital of France is Paris, which lies on the Seine; 1234567 people live there.", " naïve „Straße“ 🙂 日本語 é",
      " a\n\n  b\tc", " Fe", " antidisestablishmentarianism and counterrevolutionaries",
    ]

    @Test("In pieces they are those of one position after the other", arguments: [0, 1], texts)
    func pieces(main: Int, text: String) async throws {
      let pair = try BundledEnsemble(contextLength: 256)
      let members = pair.members(main: main == 0 ? pair.atlas : pair.scholar)
      let ensemble = try await Ensemble(main: members[0], assistants: [members[1]])
      let messages = [Message(role: .user, content: "What is the capital of France?")]
      let expected = try await ensemble.score(text, after: .conversation(messages), pieceLimit: 1)
      for limit in [3, Piece.limit] {
        let score = try await ensemble.score(text, after: .conversation(messages), pieceLimit: limit)
        #expect(score.tokens.map(\.token) == expected.tokens.map(\.token) && score.events == expected.events)
        let gaps = zip(score.tokens, expected.tokens).map { abs($0.logProbability - $1.logProbability) }
        print("\(members[0].name) main, pieces of \(limit), \(text.debugDescription): largest gap \(gaps.max() ?? 0)")
        // Weights of the bundled GGUF model are in half precision (Reliability.md).
        #expect(gaps.allSatisfy { $0 <= 0.05 })
      }
    }
  }
#endif
