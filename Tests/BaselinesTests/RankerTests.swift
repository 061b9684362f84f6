import Baselines
import Ensembling
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

/// A scripted model that reads letters.
private struct Letters: ModelBackend {
  let base: ScriptedBackend
  var name: String { base.name }
  var vocabulary: Vocabulary { base.vocabulary }
  var tokenizer: (any Tokenizer)? { Speller(vocabulary: base.vocabulary) }
  func makeSession() async throws -> any ModelSession { base.makeSession() }

  struct Speller: Tokenizer {
    let vocabulary: Vocabulary

    func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
      try text.map { byte in
        guard let token = vocabulary.id(forBytes: [byte]) else {
          throw BackendError(.tokenization, in: "letters", "no such letter", remedy: "Use its own.")
        }
        return token
      }
    }
  }
}

@Suite struct RankerTests {
  /// Letters "a", "b", "c" with these logits at every step.
  private func scorer(_ name: String, _ logits: [Float]) throws -> Ensemble {
    let base = ScriptedBackend(name: name, tokens: ["a", "b", "c", "</s>"]) { _ in logits }
    return try Ensemble(members: [Member(Letters(base: base))], fusion: MainModelOnly())
  }

  private let question = [Message(role: .user, content: "a")]

  /// A byte's log-probability is its logit less a constant, so that a text's value is the mean of its letters' logits.
  @Test func likelihoodsAreMeansOfShares() async throws {
    let scorers = [try scorer("one", [3, 1, 0, 0]), try scorer("two", [0, 4, 10, 0])]
    let scores = try await LikelihoodRanker(scorers, separator: "").scores(of: ["a", " b ", "ab"], after: question)
    let one: [Double] = [3, 1, 2]
    let two: [Double] = [0, 4, 2]
    let sums = [one, two].map { values in values.reduce(0) { $0 + ElementaryFunctions.exp($1) } }
    for index in 0..<3 {
      let share = ElementaryFunctions.exp(one[index]) / sums[0] + ElementaryFunctions.exp(two[index]) / sums[1]
      #expect(abs(scores[index] - share / 2) < 1e-5)
    }
    #expect(abs(scores.reduce(0, +) - 1) < 1e-12)
  }

  @Test func winsAreCounted() async throws {
    let scorers = [
      try scorer("one", [3, 1, 0, 0]), try scorer("two", [3, 3, 4, 0]), try scorer("three", [-.infinity, 1, 2, 0]),
    ]
    let wins = try await PairwiseRanker(scorers, separator: "").scores(of: ["a", "b", "c"], after: question)
    // The wins of each under one, two and three: 2 + ½ + 0, 1 + ½ + 1 and 0 + 2 + 2.
    #expect(wins == [2.5, 2.5, 4])
  }

  @Test func anEmptyAnswerComesLast() async throws {
    let scorers = [try scorer("one", [3, 1, -.infinity, 0])]
    for ranker in [
      LikelihoodRanker(scorers, separator: "") as any CandidateRanker, PairwiseRanker(scorers, separator: ""),
    ] {
      let scores = try await ranker.scores(of: ["", "c", "b"], after: question)
      #expect(scores[0] < scores[1] && scores[1] < scores[2])
      #expect(!scores.contains { $0.isNaN })
    }
  }

  @Test func theOrderOfMembersDoesNotMatter() async throws {
    let scorers = [
      try scorer("one", [3, 1, 0, 0]), try scorer("two", [0, 2, 5, 0]), try scorer("three", [1, 1, 2, 0]),
    ]
    let texts = ["ab", "c", "bcc", "a"]
    for make: ([Ensemble]) -> any CandidateRanker in [
      { LikelihoodRanker($0, separator: "") }, { PairwiseRanker($0, separator: "") },
    ] {
      let forward = try await make(scorers).scores(of: texts, after: question)
      let backward = try await make(scorers.reversed()).scores(of: texts, after: question)
      for (one, other) in zip(forward, backward) { #expect(abs(one - other) < 1e-9) }
    }
  }

  @Test func aMemberWithoutTokenizerIsAnError() async throws {
    let backend = ScriptedBackend(tokens: ["a", "b", "</s>"]) { _ in [0, 0, 0] }
    let scorer = try Ensemble(members: [Member(backend)], fusion: MainModelOnly())
    let error = await #expect(throws: EnsembleError.self) {
      try await LikelihoodRanker([scorer]).scores(of: ["a", "b"], after: question)
    }
    #expect(error?.code == .unsupported)
  }
}
