import Ensembling
import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

@testable import Evaluation

@Suite struct RecordingTests {
  private func members(_ seed: Int, _ count: Int = 2) -> [Member] {
    var models = StudyModels(seed: seed)
    return (0..<count).map { models.member("m\($0)", own: $0 == 0 ? ["ab"] : ["bc", "x"]) }
  }

  @Test(arguments: 0..<5) func aReplayIsTheScore(seed: Int) async throws {
    let members = members(seed)
    let recording = try await LogitRecording(members: members, texts: studyTexts)
    let ensemble = try await Ensemble(main: members[0], assistants: [members[1]], rule: .published)
    let replayed = try await recording.score(of: ensemble.fusion)
    for (text, score) in zip(studyTexts, replayed.texts) {
      let direct = try await ensemble.score(text.continuation, continuing: "a ")
      #expect(abs(direct.bitsPerByte - score.bitsPerByte) < 1e-5)
    }
    let losses = try #require(replayed.meanLosses)
    #expect(losses.after < losses.before)
    #expect(try await recording.score(of: MainModelOnly()).agreementWithMain == 1)
    #expect(try await recording.score(of: MainModelOnly()).meanLosses == nil)
  }

  @Test(arguments: 0..<5) func aReplayWeighsByThePromptAsAnAnswerDoes(seed: Int) async throws {
    let members = members(seed)
    let texts = ["abc abcab ca ac b", "cba abba c"].map { LogitRecording.Text("ab", after: .text($0)) }
    let rule = PromptWeightedRule(
      DeePEnRule.bytePrefix(), weighting: PerplexityWeighting(sharpness: 3), minimumBytes: 4)
    let recording = try await LogitRecording(members: members, texts: texts, recordsPromptScores: true)
    let ensemble = try await Ensemble(main: members[0], assistants: [members[1]], rule: rule)
    let replayed = try await recording.score(of: ensemble.fusion)
    for (text, score) in zip(texts, replayed.texts) {
      guard case .text(let beginning) = text.beginning else { continue }
      let direct = try await ensemble.score(text.continuation, continuing: beginning)
      #expect(abs(direct.bitsPerByte - score.bitsPerByte) < 1e-5)
    }
    let plain = try await Ensemble(main: members[0], assistants: [members[1]], rule: DeePEnRule.bytePrefix())
    #expect(try await recording.score(of: plain.fusion).bitsPerByte != replayed.bitsPerByte)
    let without = try await LogitRecording(members: members, texts: texts)
    let error = await #expect(throws: EvaluationError.self) { try await without.score(of: ensemble.fusion) }
    #expect(error?.code == .incomplete && without.promptBitsPerByte.isEmpty)
  }

  @Test func theMemoryLimitIsAClearError() async throws {
    let error = await #expect(throws: EvaluationError.self) {
      try await LogitRecording(members: members(1), texts: studyTexts, memoryLimit: 100)
    }
    #expect(error?.code == .memoryLimit)
  }

  @Test(arguments: 0..<4) func tunedWeightsAreNeverWorse(seed: Int) async throws {
    let members = members(seed, 2 + seed % 2)
    let recording = try await LogitRecording(members: members, texts: studyTexts)
    let alignments = try CosineAlignmentRule().alignments(for: members) { _ in }
    let start = [Float](repeating: 1 / Float(members.count), count: members.count)
    let fusion = try DeePEnFusion(alignments: alignments, search: AdamWSearch(rate: 0.3, steps: 5))
    let tuned = try await WeightTuner(maximumRounds: 2).tune(on: recording, from: start, fusion: fusion)
    #expect(tuned.bitsPerByte <= tuned.bitsPerByteAtStart)
    #expect(abs(tuned.weights.reduce(0, +) - 1) < 1e-5)
    #expect(try await recording.score(of: fusion, weights: tuned.weights).bitsPerByte == tuned.bitsPerByte)
  }

  @Test func theLineSearchFindsTheLowerOfTwoValleys() async throws {
    let found = try await LineSearch(gridCount: 9, refinements: 20).minimum(in: 0...4) { x in
      min((x - 1) * (x - 1) + 0.2, (x - 3.1) * (x - 3.1))
    }
    #expect(abs(found.argument - 3.1) < 1e-2)
  }

  @Test func noTemperatureInTheRangeIsBetterThanTheBest() async throws {
    var models = StudyModels(seed: 3)
    let member = models.member("m")
    let recording = try await LogitRecording(members: [member], texts: studyTexts)
    let best = try await recording.bestMainTemperature()
    for temperature in [0.5, 1, 2, min(4, best.temperature * 1.1), best.temperature * 0.9] {
      let value = try await recording.score(of: TemperatureFusion(temperature: Float(temperature))).bitsPerByte
      #expect(best.bitsPerByte <= value + 1e-6)
    }
    #expect(try await recording.score(of: TemperatureFusion(temperature: 3)).agreementWithMain == 1)
  }

  @Test(arguments: 0..<5) func aShuffledModelIsAsSureAndKeepsItsEnds(seed: Int) async throws {
    let backend = members(seed)[1].backend
    let shuffled = ShuffledBackend(backend, seed: UInt64(seed))
    let plain = try await backend.makeSession().predict(after: ContextText("ab")).logits
    let logits = try await shuffled.makeSession().predict(after: ContextText("ab")).logits
    #expect(logits.sorted() == plain.sorted())
    #expect(logits.last == plain.last)
    let again = try await ShuffledBackend(backend, seed: UInt64(seed)).makeSession().predict(after: ContextText("ab"))
    #expect(again.logits == logits)
    #expect(shuffled.tokenizer != nil)
  }
}
