import Baselines
import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

/// Parts that can be read from files, or follow from a user's settings: values that do not fit throw and never trap.
@Suite struct FittingPartsTests {
  private func dense(_ rows: Int, _ columns: Int, _ value: Float? = nil) throws -> DenseAlignment {
    DenseAlignment(known: Matrix(rows: rows, columns: columns, repeating: value ?? 1 / Float(columns)))
  }

  private func code(_ body: () async throws -> some Any) async -> FusionError.Code? {
    await #expect(throws: FusionError.self) { _ = try await body() }?.code
  }

  @Test func alignmentsMustFit() async throws {
    let (two, three) = (try dense(2, 2), try dense(2, 3))
    #expect(await code { try DeePEnFusion(alignments: []) } == .noMembers)
    #expect(await code { try DeePEnFusion(alignments: [two, three]) } == .lengthMismatch)
    #expect(await code { try PairwiseFusion.Pair(main: two, assistant: three) } == .lengthMismatch)
    #expect(await code { try RescoringFusion(vocabularies: []) } == .noMembers)
  }

  @Test func weightsMustFit() async throws {
    let backend = ScriptedBackend(tokens: ["a", "</s>"]) { _ in [0, 1] }
    let members = [Member(backend, name: "m"), Member(backend, name: "n")]
    for weights in [[1], [1, .nan], [-1, 2], [0, 0], [0.5, 0.3, 0.2]] as [[Float]] {
      #expect(await code { try Step(logits: [[0, 1], [0, 1]], weights: weights) } == .invalidWeights)
      #expect(await code { try Step(logits: [[0, 1], [0, 1]]).reweighted(weights) } == .invalidWeights)
      #expect(
        await code { try Ensemble(members: members, weights: .fixed(weights), fusion: MainModelOnly()) }
          == .invalidWeights)
    }
    let step = try Step(logits: [[0, 1], [0, 1], nil], weights: [1, 2, 5])
    #expect(step.weights == [1 / 3, 2 / 3, 0] && step.counting == [0, 1])
    #expect(try step.reweighted([0, 0, 1]).weights == [1, 0, 0])
  }

  @Test func logitsMustFitTheAlignments() async throws {
    let two = try dense(2, 2)
    let words = Vocabulary(known: [Token("a"), Token("b")])
    let common = try DeePEnFusion(alignments: [two, two])
    let pairwise = PairwiseFusion(pairs: [try .init(main: two, assistant: two)])
    let standard = StandardFusion(pairs: [try .init(main: words, assistant: words)])
    let mapped = MappedFusion(maps: [[0, 1]])
    for fusion in [common, pairwise, standard, mapped] as [any TokenFusion] {
      #expect(await code { try await fusion.fuse([0, 1], with: [[0, 1, 2]]) } == .lengthMismatch)
      #expect(await code { try await fusion.fuse([0, 1], with: []) } == .lengthMismatch)
      #expect(await code { try await fusion.fuse([0, 1], with: [[0, 1], [0, 1]]) } == .lengthMismatch)
      #expect(try await fusion.fuse([0, 1], with: [[0, 1]]).logits.count == 2)
    }
    #expect(await code { try await mapped.fuse([0], with: [[0, 1]]) } == .lengthMismatch)
    for fusion in [common, pairwise, standard] as [any TokenFusion] {
      #expect(await code { try await fusion.fuse([0, 1, 2], with: [[0, 1]]) } == .lengthMismatch)
    }
    #expect(await code { try common.relativeDistribution(of: Step(logits: [[0], [0, 1]])) } == .lengthMismatch)
  }

  @Test func anAlignmentWithoutNumbersIsNamed() async throws {
    let (sound, broken) = (try dense(2, 2), try dense(2, 2, .nan))
    func problem(_ fusion: any TokenFusion) async -> String {
      let error = await #expect(throws: RelativeSpaceError.self) { try await fusion.fuse([0, 1], with: [[0, 1]]) }
      #expect(error?.code == .invalidMatrix)
      return error?.problem ?? ""
    }
    for (alignments, member) in [([sound, broken], 1), ([broken, sound], 0)] {
      let fusion = try DeePEnFusion(alignments: alignments)
      #expect(await problem(fusion).contains("member \(member) gives nan"))
    }
    let pair = try PairwiseFusion.Pair(main: sound, assistant: broken)
    #expect(await problem(PairwiseFusion(pairs: [pair])).contains("member 1 gives nan"))
  }

  @Test(arguments: CosineAlignmentRule.Storage.allCases)
  func uninformativeEmbeddingsAreNamed(storage: CosineAlignmentRule.Storage) async throws {
    func members(_ rows: [Float]) -> [Member] {
      ["m", "n"].map { name in
        let vectors = Matrix(rows: 3, columns: 2, known: name == "n" ? rows : [1, 0, 0, 1, 1, 1])
        return Member(ScriptedBackend(name: name, tokens: ["a", "b", "</s>"], embeddings: vectors) { _ in [0, 1, 2] })
      }
    }
    func make(_ rows: [Float]) async throws {
      let both = members(rows)
      let rule = CosineAlignmentRule(storage: storage, cache: nil)
      _ = try await Ensemble(main: both[0], assistants: [both[1]], rule: .deepen(alignment: rule))
    }
    try await make([1, 2, 3, 4, 0, 0])
    for (rows, words) in [
      ([1, 2, .nan, 4, 5, 6], "embeddings of n have a NaN or an infinity in 1 of 3 rows"),
      ([.infinity, 2, .nan, 4, 5, 6], "in 2 of 3 rows"), ([0, 0, 0, 0, 0, 0], "zeros for all 3 anchors"),
    ] as [([Float], String)] {
      let error = await #expect(throws: RelativeSpaceError.self) { try await make(rows) }
      #expect(error?.code == .invalidMatrix && error?.problem.contains(words) == true, "\(String(describing: error))")
    }
  }

  @Test func aRuleForOtherMembersIsRefused() async throws {
    let backend = ScriptedBackend(tokens: ["a", "</s>"]) { _ in [0, 1] }
    let two = try dense(2, 2)
    let ensemble = try Ensemble(members: [Member(backend)], fusion: try DeePEnFusion(alignments: [two, two]))
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "x") }
    #expect(error?.code == .fusionFailed && error?.problem.contains("2 members") == true)
  }

  @Test func settingsAreCheckedBeforeWorkBegins() async throws {
    let asked = Counter()
    struct Refusing: AlignmentRule {
      let asked: Counter
      func alignments(
        for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
      ) throws -> [any TokenAlignment] {
        Task { await asked.increment() }
        throw RelativeSpaceError(.noAnchors, "It was asked", remedy: "Do not.")
      }
    }
    let members = ["m", "n"].map { Member(ScriptedBackend(name: $0, tokens: ["a", "</s>"]) { _ in [0, 1] }) }
    func make(_ rule: any EnsembleRule) async throws {
      _ = try await Ensemble(main: members[0], assistants: [members[1]], rule: rule)
    }
    for search in [AdamWSearch(rate: -1), GradientSearch(steps: -1), EMSearch(exponent: 2)] as [any InverseSearch] {
      for rule in [
        DeePEnRule(alignment: Refusing(asked: asked), search: search),
        PairwiseRule(alignment: Refusing(asked: asked), search: search),
      ] as [any EnsembleRule] {
        let error = await #expect(throws: InverseSearchError.self) { try await make(rule) }
        #expect(error?.code == .invalidOption)
      }
    }
    #expect(await asked.value == 0)
    for rule in [.rescoring(candidates: 0)] as [any EnsembleRule] {
      let error = await #expect(throws: EnsembleError.self) { try await make(rule) }
      #expect(error?.code == .invalidOptions)
    }
  }
}
