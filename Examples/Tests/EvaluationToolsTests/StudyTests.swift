import DeePEn
import Evaluation
import LinearAlgebra
import Testing

@testable import EvaluationTools

@Suite struct StudyTests {
  private func members() -> [Member] {
    var models = StudyModels(seed: 4)
    return [models.member("m", own: ["ab"]), models.member("n", own: ["bc", "x"]), models.member("o")]
  }

  @Test func aRateOfZeroIsTheMainModelWhateverTheSteps() async throws {
    let members = Array(members().prefix(2))
    let recording = try await LogitRecording(members: members, texts: studyTexts)
    let alignments = try CosineAlignmentRule().alignments(for: members) { _ in }
    let result = try await Study.search(
      alignments: alignments, weights: [0.5, 0.5], rates: [0, 0.2], steps: [1, 5]
    ).run(on: recording) { _ in 0.25 }
    let alone = try await recording.score(of: MainModelOnly()).bitsPerByte
    #expect(result.bitsPerByte.map(\.name) == ["T = 1", "T = 5"])
    for line in result.bitsPerByte { #expect(abs(line.points[0].y - alone) < 1e-9) }
    #expect(result.accuracy.flatMap(\.points).allSatisfy { $0.y == 0.25 })
    #expect(result.rows.count == 4 && result.rows.allSatisfy { $0.count == result.columns.count })
  }

  @Test func everyStudyHasARowASetting() async throws {
    let members = members()
    let two = Array(members.prefix(2))
    let recording = try await LogitRecording(members: two, texts: studyTexts)
    let weights: [Float] = [0.5, 0.5]
    let anchors = try await Study.anchors(
      members: two, weights: weights, counts: [2, 3], repeats: 2, others: [("first", { .lowestIDs($0, inMember: 1) })]
    ).run(on: recording)
    #expect(anchors.rows.count == 17)
    #expect(anchors.bitsPerByte.count == 9)
    let named = ["farthest", "k-means", "most consistent", "first"]
    #expect(named.allSatisfy { name in anchors.bitsPerByte.contains { $0.name == name } })
    let counted = Study.anchors(members: two, weights: weights, counts: [2], text: "ab a")
    #expect(try await counted.run(on: recording).bitsPerByte.contains { $0.name == "most frequent" })
    let normalisation = Study.normalisation(members: two, weights: weights, temperatures: [1, 100])
    #expect(try await normalisation.run(on: recording).bitsPerByte.map(\.points.count) == [2, 2])
    #expect(try await Study.embeddings(members: two, weights: weights).run(on: recording).rows.count == 2)
    let count = try await Study.memberCount(members: members, texts: studyTexts).run(on: nil)
    let alone = try await recording.score(of: MainModelOnly()).bitsPerByte
    #expect(count.rows.count == 3 && abs(count.bitsPerByte[0].points[0].y - alone) < 1e-9)
    #expect(
      try await Study.mainModel(members: members, texts: studyTexts).run(on: nil).bitsPerByte[0].points.count == 3)
  }

  @Test func weightsByThePromptAreThoseWithoutAtZero() async throws {
    let members = members()
    let weights: [Float] = [0.5, 0.3, 0.2]
    let recording = try await LogitRecording(members: members, texts: studyTexts, recordsPromptScores: true)
    let usual = recording.promptBitsPerByte
    #expect(Set(usual.keys) == ["m", "n", "o"] && usual.values.allSatisfy { $0 > 0 })
    let rule = DeePEnRule.bytePrefix()
    let study = Study.promptWeights(
      members: members, weights: weights, sharpnesses: [0, 3], rules: [rule], usual: usual)
    let result = try await study.run(on: recording)
    let plain = try await recording.score(of: rule.fusion(for: members) { _ in }, weights: weights).bitsPerByte
    #expect(result.bitsPerByte.count == 2)
    for line in result.bitsPerByte { #expect(line.points[0].y == plain) }
    let team = try await Study.mainModel(members: members, texts: studyTexts, rule: .promptWeighted(rule)).run(on: nil)
    #expect(team.bitsPerByte[0].points.count == 3)
  }

  @Test func aSettingThatFailsSaysWhy() async throws {
    let study = Study(
      "s", xLabel: "x",
      settings: [
        Study.Setting("bad", series: "a", x: 0) { throw BackendError(.unsupported, in: "it", "no", remedy: "stop") }
      ])
    let recording = try await LogitRecording(members: [members()[0]], texts: studyTexts)
    let result = try await study.run(on: recording)
    #expect(result.rows[0].last?.contains("it: no") == true)
    #expect(result.bitsPerByte.isEmpty)
  }

  @Test(arguments: 0..<5) func componentsFindTheAxesInOrder(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    let (scales, turn): ([Float], Float) = ([1, 6, 3], 0.6)
    var points = Matrix(rows: 400, columns: 3)
    for row in 0..<400 {
      let plain = scales.map { $0 * Float.random(in: -1...1, using: &random) }
      points[row, 0] = plain[0] + 5
      points[row, 1] = 0.8 * plain[1] - turn * plain[2]
      points[row, 2] = turn * plain[1] + 0.8 * plain[2] - 7
    }
    let found = PrincipalComponents(of: points, count: 3)
    #expect(abs(abs(found.directions[0, 1]) - 0.8) < 0.05 && abs(abs(found.directions[0, 2]) - 0.6) < 0.05)
    #expect(zip(found.variances, found.variances.dropFirst()).allSatisfy { $0 > $1 })
    #expect(abs(found.variances[0] - 12) < 1.5)
    #expect(abs(found.variances.reduce(0, +) - found.totalVariance) < 1e-3 * found.totalVariance)
    for row in 0..<3 { #expect((0..<3).map { found.directions[row, $0] }.max { abs($0) < abs($1) }! > 0) }
    #expect(PrincipalComponents(of: Matrix(rows: 4, columns: 2, repeating: 1)).variances == [0, 0])
  }

  @Test(arguments: 0..<5) func separateCloudsAreGroups(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    let centres: [[Float]] = [[0, 0], [20, 0], [0, 20]]
    let rows = (0..<60).map { index in centres[index % 3].map { $0 + Float.random(in: -1...1, using: &random) } }
    let labels = KMeans(Matrix(rowsOfEqualLength: rows, columns: 2), count: 3, seed: 9).labels
    #expect(Set(labels.prefix(3)).count == 3)
    for index in 0..<60 { #expect(labels[index] == labels[index % 3]) }
  }

  @Test func theSameModelTwiceIsConsistent() throws {
    let member = members()[0]
    var twin = member
    twin.name = "twin"
    let picture = try RelativePicture(of: [member, twin])
    #expect(abs(try #require(picture.sameTokenCosine) - 1) < 1e-5)
    #expect(try #require(picture.randomPairCosine) < 0.999)
    #expect(picture.points.allSatisfy { !$0.isOwn })
    let mixed = try RelativePicture(of: members())
    #expect(Set(mixed.points.filter(\.isOwn).map(\.text)) == ["ab", "bc", "x"])
    #expect((0...1.0001).contains(mixed.explainedVariance))
  }
}
