import Fusion
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

@testable import Ensembling

/// A model of letters that gives the letter after each letter of the alphabet a probability.
private struct AlphabetBackend: ModelBackend {
  struct Letters: Tokenizer {
    let vocabulary: Vocabulary

    func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
      text.map { vocabulary.id(forBytes: [$0]) ?? 0 }
    }
  }

  let name: String
  /// The logit of the letter that follows in the alphabet.
  var skill: Float
  var hasTokenizer = true
  var own: PromptScore?
  var vocabulary: Vocabulary { Self.letters }
  var tokenizer: (any Tokenizer)? { hasTokenizer ? Letters(vocabulary: vocabulary) : nil }

  static let letters = Vocabulary(
    known: (0..<26).map { Token(bytes: [0x61 + $0], kind: .normal) } + [Token("</s>", kind: .control)],
    endOfGeneration: [26])

  func makeSession() -> any ModelSession {
    let base = ScriptedBackend(name: name, vocabulary: vocabulary) { [skill] context in
      (0..<27).map { $0 == Int(context.bytes.last ?? 0x60) - 0x60 ? skill : 0 }
    }.makeSession()
    return own.map { ScoringSession(base: base, own: $0) } ?? base
  }
}

/// A session with a given way of scoring.
private final class ScoringSession: ModelSession {
  let base: any ModelSession
  let own: PromptScore

  init(base: any ModelSession, own: PromptScore) {
    (self.base, self.own) = (base, own)
  }

  func predict(after context: ContextText) async throws -> Prediction { try await base.predict(after: context) }
  func promptScore(of prompt: RenderedPrompt) async throws -> PromptScore? { own }
}

private struct MeanRule: EnsembleRule {
  var name: String { "mean" }

  func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) -> any TokenFusion { SameVocabularyMean() }
}

@Suite("Weights by the prompt") struct PromptWeightTests {
  private static let prompt = "abcdefghijklmnopqrstuvw"

  /// The bits that a model of this skill needs for a byte of the alphabet.
  private static func bits(_ skill: Float) throws -> Double {
    let logits = [skill] + [Float](repeating: 0, count: 26)
    return -Double(logits[0] - (try logSumExp(logits))) / ElementaryFunctions.log(2.0)
  }

  private func weights(
    _ members: [Member], _ rule: PromptWeightedRule, weights: MemberWeights = .average, prompt: String = prompt
  ) async throws -> [Float] {
    let ensemble = try await Ensemble(
      main: members[0], assistants: Array(members.dropFirst()), weights: weights, rule: rule)
    var all: [[Float]] = []
    let options = ResponseOptions(maximumTokens: 3, candidateCount: 1)
    for try await element in ensemble.streamResponse(continuing: prompt, options: options) {
      if let candidates = element.candidates { all.append(candidates.weights) }
    }
    #expect(Set(all).count == 1, "weights hold for the whole answer")
    return try #require(all.first)
  }

  @Test("A member that predicts the prompt better gets more weight, by the formula", arguments: [0, 0.5, 1, 3])
  func betterCountsMore(beta: Double) async throws {
    let members = [("a", 1), ("b", 4), ("c", 2)].map { Member(AlphabetBackend(name: $0, skill: $1)) }
    let rule = PromptWeightedRule(MeanRule(), weighting: PerplexityWeighting(sharpness: beta))
    let plain: [Float] = [0.5, 0.2, 0.3]
    let found = try await weights(members, rule, weights: .fixed(plain))
    let expected = PerplexityWeighting(sharpness: beta).weights(
      plain, bitsPerByte: try [1, 4, 2].map { try Self.bits($0) })
    for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-5) }
    #expect(beta == 0 ? found == plain : found[1] > plain[1] && found[0] < plain[0])
  }

  @Test("Members that are the same keep the same weights") func identicalMembers() async throws {
    let members = ["a", "b", "c"].map { Member(AlphabetBackend(name: $0, skill: 2)) }
    let found = try await weights(members, PromptWeightedRule(MeanRule()))
    for weight in found { #expect(abs(weight - 1.0 / 3) < 1e-6) }
  }

  @Test("The usual score is subtracted") func aboveTheUsual() async throws {
    let members = [("a", 1), ("b", 4)].map { Member(AlphabetBackend(name: $0, skill: $1)) }
    let usual = ["a": try Self.bits(1), "b": try Self.bits(4)]
    let found = try await weights(members, PromptWeightedRule(MeanRule(), usualBitsPerByte: usual))
    #expect(abs(found[0] - 0.5) < 1e-5)
    let worse = try await weights(
      members, PromptWeightedRule(MeanRule(), usualBitsPerByte: ["a": usual["a"] ?? 0, "b": 0]))
    #expect(worse[0] > 0.5)
  }

  @Test("A prompt that is too short to judge changes nothing") func shortPrompts() async throws {
    let members = [("a", 1), ("b", 4)].map { Member(AlphabetBackend(name: $0, skill: $1)) }
    // The first letter follows nothing, so that fifteen are judged.
    #expect(try await weights(members, PromptWeightedRule(MeanRule()), prompt: "abcdefghijklmnop") == [0.5, 0.5])
    let judged = try await weights(members, PromptWeightedRule(MeanRule()), prompt: "abcdefghijklmnopq")
    #expect(judged[1] > 0.5)
    let two = PromptWeightedRule(MeanRule(), minimumBytes: 2)
    #expect(try await weights(members, two, prompt: "abc")[1] > 0.5)
  }

  @Test("A session's own score is taken, and one too short from one member leaves its weight alone")
  func ownScores() async throws {
    let scores: [PromptScore?] = [
      PromptScore(logProbability: -20, byteCount: 20), PromptScore(logProbability: -40, byteCount: 20),
      PromptScore(logProbability: -1, byteCount: 3),
    ]
    let members = zip(["a", "b", "c"], scores).map { name, own in
      Member(AlphabetBackend(name: name, skill: 1, hasTokenizer: false, own: own))
    }
    let found = try await weights(members, PromptWeightedRule(MeanRule()), weights: .fixed([0.25, 0.25, 0.5]))
    let ratio = ElementaryFunctions.exp(1 / ElementaryFunctions.log(2.0))
    #expect(found[2] == 0.5 && abs(Double(found[0] / found[1]) - ratio) < 1e-4)
  }

  @Test("Without a tokenizer the prompt cannot be scored: a required member ends the answer, an optional one leaves")
  func noTokenizer() async throws {
    let main = Member(AlphabetBackend(name: "a", skill: 1))
    var assistant = Member(AlphabetBackend(name: "b", skill: 4, hasTokenizer: false))
    let error = await #expect(throws: EnsembleError.self) {
      try await weights([main, assistant], PromptWeightedRule(MeanRule()))
    }
    #expect(error?.code == .unsupported && error?.member == "b")
    assistant.policy = .optional
    #expect(try await weights([main, assistant], PromptWeightedRule(MeanRule())) == [1, 0])
  }

  @Test("Markup is not judged") func markup() async throws {
    let template = TurnTemplate(user: "zzz{content}", assistant: "", opening: "zzzzzzzzzzzz", markup: .patterns)
    let members = [("a", 1), ("b", 4)].map {
      Member(AlphabetBackend(name: $0, skill: $1), template: template)
    }
    let ensemble = try await Ensemble(main: members[0], assistants: [members[1]], rule: .promptWeighted(MeanRule()))
    let options = ResponseOptions(maximumTokens: 1, candidateCount: 1)
    var found: [Float] = []
    for try await element in ensemble.streamResponse(to: "abcdefghijklmnopqrstuvw", options: options) {
      found = element.candidates?.weights ?? found
    }
    // The question's 23 letters are judged, the first one after a "z", which no letter follows in the alphabet.
    let bits = try [Float(1), 4].map { skill in
      let first = Double(try logSumExp([Float](repeating: 0, count: 26) + [skill])) / ElementaryFunctions.log(2.0)
      return (first + 22 * (try Self.bits(skill))) / 23
    }
    let expected = PerplexityWeighting().weights([0.5, 0.5], bitsPerByte: bits)
    for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-5) }
  }

  @Test("Usual figures that do not fit are clear errors") func errors() async throws {
    let members = [("a", 1), ("b", 4)].map { Member(AlphabetBackend(name: $0, skill: Float($1))) }
    func code(_ rule: PromptWeightedRule) async -> EnsembleError.Code? {
      do {
        _ = try await Ensemble(main: members[0], assistants: [members[1]], rule: rule)
        return nil
      } catch { return (error as? EnsembleError)?.code }
    }
    #expect(await code(PromptWeightedRule(MeanRule(), usualBitsPerByte: ["a": 1])) == .invalidOptions)
    #expect(await code(PromptWeightedRule(MeanRule(), usualBitsPerByte: ["a": 1, "b": .nan])) == .invalidOptions)
    let fusion = PromptWeightedFusion(
      SameVocabularyMean(), weighting: PerplexityWeighting(), usualBitsPerByte: [1, 2, 3])
    let start = AnswerStart(weights: [0.5, 0.5]) { [nil, nil] }
    let error = await #expect(throws: EnsembleError.self) { try await fusion.beginning(start) }
    #expect(error?.code == .invalidOptions)
  }

  @Test("Without an answer's start, members keep their weights") func noBeginning() async throws {
    let fusion = PromptWeightedFusion(SameVocabularyMean(), weighting: PerplexityWeighting())
    let (main, assistant): ([Float], [Float]) = ([0, 1], [2, 0])
    let (found, plain) = (
      try await fusion.fuse(main, with: [assistant], weights: [0.3, 0.7]),
      try await SameVocabularyMean().fuse(main, with: [assistant], weights: [0.3, 0.7])
    )
    #expect(found.logits == plain.logits && found.weights == [0.3, 0.7])
  }

  @Test("The statistics contain the work of scoring") func work() async throws {
    let members = [("a", 1), ("b", 4)].map { Member(AlphabetBackend(name: $0, skill: Float($1))) }
    func evaluated(_ rule: any EnsembleRule) async throws -> [Int] {
      let ensemble = try await Ensemble(main: members[0], assistants: [members[1]], rule: rule)
      let response = try await ensemble.respond(
        continuing: Self.prompt, options: ResponseOptions(maximumTokens: 2))
      #expect(response.statistics.members.allSatisfy { $0.steps == response.statistics.steps })
      return response.statistics.members.map(\.work.evaluated)
    }
    // The cache keeps scored tokens: each byte is evaluated once.
    #expect(try await evaluated(PromptWeightedRule(MeanRule())) == evaluated(MeanRule()))
  }
}
