import DeePEn
import Evaluation
import ModelBackendTesting
import Testing

@testable import EvaluationTools

@Suite struct DoctorTests {
  private let sample = "ab abc cab bca ab"

  private func members() -> [Member] {
    var models = StudyModels(seed: 2)
    return [models.member("m", own: ["ab"]), models.member("n", own: ["bc", "x"])]
  }

  @Test func figuresAreThoseCountedByHand() async throws {
    let diagnosis = try await Doctor.examine(members: members(), sampleText: "ab c")
    let pair = try #require(diagnosis.pairs.first)
    #expect(diagnosis.sharedByAll == 4 && pair.sharedTokens == 4)
    #expect(pair.shareOfMain == 4.0 / 6 && pair.shareOfAssistant == 4.0 / 7)
    // "ab", " ", "c" against "a", "b", " ", "c": the assistant has two of three, and three boundaries of four agree.
    #expect(pair.sampleCoverage.value == 2.0 / 3)
    #expect(pair.boundaryAgreement.value == 0.75)
    #expect(diagnosis.matrixBytes == 4 * (6 + 7) * 4)
    #expect(diagnosis.members.map { $0.embeddingDimension.value } == [6, 6])
    for table in diagnosis.tables { #expect(table.rows.allSatisfy { $0.count == table.columns.count }) }
  }

  @Test func theBestReaderIsAdvisedAsMainModel() async throws {
    let members = members()
    let diagnosis = try await Doctor.examine(members: members, sampleText: sample)
    let bits = diagnosis.members.compactMap { $0.bitsPerByte.value }
    let best = bits[0] < bits[1] ? "m" : "n"
    #expect(diagnosis.advice[0].hasPrefix("Take \(best) as the main model"))
    let strict = try await Doctor.examine(
      members: members, sampleText: sample, thresholds: DoctorThresholds(smallestGain: .infinity))
    #expect(strict.advice.contains { $0.hasPrefix("Do not ensemble these") })
    let small = try await Doctor.examine(
      members: members, sampleText: sample, thresholds: DoctorThresholds(smallestGain: -.infinity, largestMatrices: 10))
    #expect(small.advice.contains { $0.hasPrefix("Align by byte prefixes: dense matrices") })
    #expect(small.members[0].relativeSpace.value == nil)
  }

  @Test func sharpRowsComeBackAndOrthogonalTokensAreTheirOwnAnchors() async throws {
    let tokens = ["a", "b", "c", "d", "</s>"]
    var identity = Matrix(rows: 5, columns: 5)
    for index in 0..<5 { identity[index, index] = 1 }
    let members = ["m", "n"].map { name in
      Member(ScriptedBackend(name: name, tokens: tokens, embeddings: identity) { _ in [0, 0, 0, 0, 0] })
    }
    let diagnosis = try await Doctor.examine(members: members, sampleText: "a b")
    let space = try #require(diagnosis.members[0].relativeSpace.value)
    #expect(space.anchorCount == 5 && abs(space.ownMass - 1) < 1e-5 && abs(space.effectiveAnchors - 1) < 1e-4)
    #expect(space.roundTripTopKept == 1 && space.roundTripError < 0.2)
  }

  @Test func costsOfRulesAreMeasured() async throws {
    let diagnosis = try await Doctor.examine(
      members: members(), sampleText: sample, thresholds: DoctorThresholds(largestFusionShare: -1))
    #expect(diagnosis.members.map(\.matrixBytes) == [4 * 6 * 4, 4 * 7 * 4])
    #expect(diagnosis.members.map(\.prefixBytes) == [4 * 6, 4 * 7])
    #expect(diagnosis.rules.map(\.name) == ["standard", "published", "GaC", "UniTE"])
    for rule in diagnosis.rules {
      let cost = try #require(rule.cost.value, "\(rule)")
      let share = try #require(cost.shareOfStep)
      let steps = diagnosis.members.compactMap { $0.secondsPerStep.value }.reduce(0, +)
      #expect(cost.secondsPerFusion > 0 && cost.secondsToPrepare >= 0)
      #expect(abs(share - cost.secondsPerFusion / (cost.secondsPerFusion + steps)) < 1e-12)
    }
    #expect(diagnosis.advice.contains { $0.hasPrefix("Fusion by the standard rule takes") })
    #expect(diagnosis.advice.contains { $0.hasPrefix("Fusion by the published rule takes") })
    #expect(diagnosis.advice.contains { $0.contains("byte prefixes takes 0.1 kB") })
  }

  @Test func aRuleWhoseMatricesAreTooLargeIsNotTried() async throws {
    let diagnosis = try await Doctor.examine(
      members: members(), sampleText: sample, thresholds: DoctorThresholds(largestMatrices: 10))
    #expect(diagnosis.rules.map { $0.cost.value != nil } == [true, false, true, true])
  }

  @Test func withoutASampleTheFilesSpeak() async throws {
    let diagnosis = try await Doctor.examine(members: members(), sampleText: "")
    #expect(diagnosis.members.allSatisfy { $0.bitsPerByte.value == nil && $0.relativeSpace.value != nil })
    #expect(diagnosis.rules.count == 4 && diagnosis.rules.allSatisfy { $0.cost.value == nil })
    #expect(diagnosis.sharedByAll == 4)
    #expect(diagnosis.advice.contains { $0.contains("dense matrices") })
    #expect(diagnosis.pairs.allSatisfy { $0.boundaryAgreement.value == nil && $0.sampleCoverage.value == nil })
    #expect(!diagnosis.advice.contains { $0.contains("0 % of token boundaries") })
    for table in diagnosis.tables { #expect(table.rows.allSatisfy { $0.count == table.columns.count }) }
  }

  @Test func missingFiguresSayWhy() async throws {
    let bare = ["one", "two"].map { name in
      Member(ScriptedBackend(name: name, tokens: [name, "</s>"]) { _ in [0, 0] })
    }
    let diagnosis = try await Doctor.examine(members: bare, sampleText: sample)
    #expect(diagnosis.sharedByAll == 0)
    #expect(diagnosis.members.allSatisfy { $0.bitsPerByte.value == nil && $0.relativeSpace.value == nil })
    #expect(diagnosis.advice[0].contains("no tokenizer"))
    #expect(diagnosis.advice.contains { $0.contains("0 tokens are shared") })
    #expect(diagnosis.tables[0].rows[0].contains { $0.contains("created without embeddings") })
    await #expect(throws: EvaluationError.self) { try await Doctor.examine(members: [], sampleText: sample) }
    #expect(try await Doctor.examine(members: [bare[0]], sampleText: sample).advice[0].contains("one member"))
  }
}
