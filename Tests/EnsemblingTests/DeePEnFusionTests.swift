import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

/// Random models over random vocabularies that share some tokens.
private struct RandomModels {
  var random: SplitMix64

  init(seed: Int) { random = SplitMix64(seed: UInt64(seed)) }

  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      known: (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &random) })
  }

  /// A model whose logits depend on nothing but its own seed.
  mutating func member(_ name: String, shared: Int, own: Int, dimension: Int) -> Member {
    let tokens =
      ((0..<shared).map { "shared\($0)" } + (0..<own).map { "\(name)\($0)" }).shuffled(using: &random) + ["</s>"]
    let logits = (0..<tokens.count).map { _ in Float.random(in: -3...3, using: &random) }
    return Member(
      ScriptedBackend(name: name, tokens: tokens, embeddings: matrix(tokens.count, dimension)) { _ in logits })
  }
}

@Suite struct DeePEnFusionTests {
  private func logits(of members: [Member]) async throws -> [[Float]] {
    var logits: [[Float]] = []
    for member in members {
      logits.append(try await member.backend.makeSession().predict(after: ContextText("x")).logits)
    }
    return logits
  }

  private func fused(_ ensemble: Ensemble) async throws -> FusedLogits {
    try await ensemble.fusion.fuse(Step(logits: try await logits(of: ensemble.members), weights: ensemble.weights))
  }

  private func distribution(_ ensemble: Ensemble) async throws -> [Float] {
    try softmax(try await fused(ensemble).logits)
  }

  @Test(arguments: 0..<20) func theOrderOfAssistantsDoesNotMatter(seed: Int) async throws {
    var models = RandomModels(seed: seed)
    let members = ["m", "n", "o"].map { models.member($0, shared: 6, own: 4, dimension: 5) }
    let one = try await Ensemble(main: members[0], assistants: [members[1], members[2]], rule: .published)
    let other = try await Ensemble(main: members[0], assistants: [members[2], members[1]], rule: .published)
    let pairs = zip(try await distribution(one), try await distribution(other))
    #expect(pairs.allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test(arguments: 0..<20) func allWeightOnTheMainModelIsTheMainModel(seed: Int) async throws {
    var models = RandomModels(seed: seed)
    let members = ["m", "n"].map { models.member($0, shared: 6, own: 4, dimension: 5) }
    let ensemble = try await Ensemble(
      main: members[0], assistants: [members[1]], weights: .fixed([1, 0]),
      rule: .deepen(search: GradientSearch(rate: 0.2, steps: 5)))
    let alone = try softmax(try await logits(of: members)[0])
    #expect(zip(try await distribution(ensemble), alone).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test(arguments: 0..<20) func noStepIsTheMainModel(seed: Int) async throws {
    var models = RandomModels(seed: seed)
    let members = ["m", "n"].map { models.member($0, shared: 6, own: 4, dimension: 5) }
    let alone = try await logits(of: members)[0]
    for search in [AdamWSearch(rate: 0, steps: 5), AdamWSearch(rate: 0.2, steps: 0)] {
      let ensemble = try await Ensemble(main: members[0], assistants: [members[1]], rule: .deepen(search: search))
      #expect(try await fused(ensemble).logits == alone)
    }
  }

  @Test(arguments: 0..<20) func aModelWithItselfIsItself(seed: Int) async throws {
    var models = RandomModels(seed: seed)
    let member = models.member("m", shared: 6, own: 4, dimension: 5)
    var twin = member
    twin.name = "twin"
    let ensemble = try await Ensemble(
      main: member, assistants: [twin], rule: .deepen(search: GradientSearch(rate: 0.2, steps: 5)))
    let alone = try softmax(try await logits(of: [member])[0])
    #expect(zip(try await distribution(ensemble), alone).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func theSearchMovesTowardWhatTheAssistantKnows() async throws {
    let shared = (0..<8).map { "t\($0)" } + ["</s>"]
    var models = RandomModels(seed: 1)
    let vectors = models.matrix(9, 32)
    let unsure = ScriptedBackend(name: "unsure", tokens: shared, embeddings: vectors) { _ in
      [0.2, 0.1, 0, 0, 0, 0, 0, 0, 0]
    }
    let sure = ScriptedBackend(name: "sure", tokens: shared, embeddings: vectors) { _ in
      [0, 0, 0, 9, 0, 0, 0, 0, 0]
    }
    let ensemble = try await Ensemble(
      main: Member(unsure), assistants: [Member(sure)], rule: .deepen(search: AdamWSearch(rate: 0.3, steps: 10)))
    let fused = try await fused(ensemble)
    #expect(topK(1, of: fused.logits) == [3])
    #expect(fused.losses.last! < fused.losses[0])
  }

  @Test func progressReachesTheEndAndNamesTheMembers() async throws {
    var models = RandomModels(seed: 2)
    let members = ["m", "n"].map { models.member($0, shared: 6, own: 4, dimension: 5) }
    let (reports, continuation) = AsyncStream.makeStream(of: EnsembleProgress.self)
    _ = try await Ensemble(main: members[0], assistants: [members[1]], rule: .published) { continuation.yield($0) }
    continuation.finish()
    var seen: [EnsembleProgress] = []
    for await report in reports { seen.append(report) }
    #expect(seen.last?.fraction == 1)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.fraction <= $1.fraction })
    #expect(seen.contains { $0.activity.contains("m") } && seen.contains { $0.activity.contains("n") })
  }

  @Test func unknownMembersAndMembersWithoutEmbeddingsAreRefused() async throws {
    let one = Member(ScriptedBackend(name: "one", tokens: ["a", "</s>"]) { _ in [0, 0] })
    let two = Member(ScriptedBackend(name: "two", tokens: ["b", "</s>"]) { _ in [0, 0] })
    await #expect(throws: RelativeSpaceError.self) {
      try await Ensemble(main: one, assistants: [two], rule: .published)
    }
    let same = Member(ScriptedBackend(name: "same", tokens: ["a", "</s>"]) { _ in [0, 0] })
    let error = await #expect(throws: BackendError.self) {
      try await Ensemble(main: one, assistants: [same], rule: .published)
    }
    #expect(error?.code == .noEmbeddings)
    await #expect(throws: FusionError.self) {
      try await Ensemble(main: one, assistants: [same], weights: .fixed([1, 2, 3]))
    }
  }

  @Test func totalMatrixMemoryIsCheckedBeforeAnyIsBuilt() async throws {
    var models = RandomModels(seed: 4)
    let members = ["m", "n"].map { models.member($0, shared: 6, own: 4, dimension: 5) }
    // Each matrix has 11 tokens × 7 anchors of 4 bytes: one would fit, both do not.
    let rule = CosineAlignmentRule(options: .init(memoryLimit: 400))
    let error = await #expect(throws: RelativeSpaceError.self) {
      try await Ensemble(main: members[0], assistants: [members[1]], rule: .deepen(alignment: rule))
    }
    #expect(error?.code == .memoryLimit)
  }

  @Test func theEndOfGenerationIsAnAnchorUnlessSwitchedOff() throws {
    var models = RandomModels(seed: 5)
    let members = ["m", "n"].map { models.member($0, shared: 6, own: 4, dimension: 5) }
    let with = try CosineAlignmentRule().alignments(for: members) { _ in }
    let without = try CosineAlignmentRule(includesEndOfGeneration: false).alignments(for: members) { _ in }
    #expect(with.map(\.anchorCount) == [7, 7])
    #expect(without.map(\.anchorCount) == [6, 6])
  }

  @Test func aMemberMayBringItsEmbeddings() async throws {
    var models = RandomModels(seed: 3)
    let tokens = ["a", "b", "</s>"]
    func member(_ name: String) -> Member {
      Member(
        ScriptedBackend(name: name, tokens: tokens) { _ in [0, 1, 0] }, embeddings: models.matrix(3, 4))
    }
    let ensemble = try await Ensemble(main: member("one"), assistants: [member("two")], rule: .published)
    #expect(
      try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 2)).text == "bb")
  }
}
