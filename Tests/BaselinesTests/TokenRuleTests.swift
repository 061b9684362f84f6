import Baselines
import Ensembling
import Fusion
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

/// Random models over random vocabularies that share some tokens.
struct RandomModels {
  var random: SplitMix64

  init(seed: Int) { random = SplitMix64(seed: UInt64(seed)) }

  mutating func tokens(own: [String]) -> [String] {
    (["a", "b", "ab", "abc", "ba", " a", " ab"] + own).shuffled(using: &random) + ["</s>"]
  }

  mutating func logits(_ count: Int) -> [Float] {
    (0..<count).map {
      $0 > 0 && Int.random(in: 0..<9, using: &random) == 0 ? -.infinity : .random(in: -4...4, using: &random)
    }
  }

  mutating func member(_ name: String, tokens: [String]) -> (member: Member, logits: [Float]) {
    let logits = logits(tokens.count)
    return (Member(ScriptedBackend(name: name, tokens: tokens) { _ in logits }), logits)
  }
}

@Suite struct TokenRuleTests {
  static let rules: [any EnsembleRule] = [
    .gac(), .gac(threshold: 1), .minED, .unite(topK: 3), .unite(topK: 100), .bytePrefix(),
    .bytePrefix(combination: MeanFusion()), .pairwise(), .pairwise(combination: MeanFusion()), .standard,
  ]

  private func fused(
    _ rule: any EnsembleRule, _ members: [(member: Member, logits: [Float])], weights: [Float]? = nil
  ) async throws -> [Float] {
    let fusion = try rule.fusion(for: members.map(\.member)) { _ in }
    return try softmax(try await fusion.fuse(Step(logits: members.map(\.logits), weights: weights)).logits)
  }

  private func isClose(_ one: [Float], _ other: [Float], within tolerance: Float = 2e-5) -> Bool {
    one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) <= tolerance }
  }

  @Test(arguments: rules.indices, 0..<12) func aModelWithItselfIsItself(rule: Int, seed: Int) async throws {
    var models = RandomModels(seed: seed)
    let tokens = models.tokens(own: ["xy", "zebra"])
    let main = models.member("m", tokens: tokens)
    let twin = (member: Member(main.member.backend, name: "twin"), logits: main.logits)
    #expect(isClose(try await fused(Self.rules[rule], [main, twin]), try softmax(main.logits)))
    #expect(isClose(try await fused(Self.rules[rule], [main, twin], weights: [0.9, 0.1]), try softmax(main.logits)))
  }

  @Test(arguments: rules.indices, 0..<12) func allWeightOnTheMainModelIsTheMainModel(rule: Int, seed: Int) async throws
  {
    var models = RandomModels(seed: seed)
    let members = [["xy"], ["zebra", "abcd"]].enumerated().map {
      models.member("m\($0)", tokens: models.tokens(own: $1))
    }
    #expect(isClose(try await fused(Self.rules[rule], members, weights: [1, 0]), try softmax(members[0].logits)))
  }

  @Test(arguments: rules.indices, 0..<12) func allWeightOnATwinInWordsIsTheAssistant(rule: Int, seed: Int) async throws
  {
    var models = RandomModels(seed: seed)
    let tokens = models.tokens(own: ["xy"])
    let (main, assistant) = (models.member("m", tokens: tokens), models.member("n", tokens: tokens))
    // A token that is impossible for the main model is never reached by a search of its distribution.
    let possible = (member: main.member, logits: main.logits.map { max($0, -6) })
    let result = try await fused(Self.rules[rule], [possible, assistant], weights: [0, 1])
    guard !(Self.rules[rule] is UniTERule) else {
      #expect(argMax(result) == argMax(assistant.logits))
      return
    }
    #expect(isClose(result, try softmax(assistant.logits)))
  }

  @Test(arguments: rules.indices, 0..<12) func theOrderOfAssistantsDoesNotMatter(rule: Int, seed: Int) async throws {
    var models = RandomModels(seed: seed)
    let members = [["xy"], ["zebra", "abcd"], ["abcde", " b"]].enumerated().map {
      models.member("m\($0)", tokens: models.tokens(own: $1))
    }
    let one = try await fused(Self.rules[rule], members, weights: [0.5, 0.3, 0.2])
    let other = try await fused(Self.rules[rule], [members[0], members[2], members[1]], weights: [0.5, 0.2, 0.3])
    #expect(isClose(one, other))
    #expect(abs(one.reduce(0, +) - 1) < 1e-4)
  }

  @Test(arguments: rules.indices) func anAbsentAssistantCountsForNothing(rule: Int) async throws {
    var models = RandomModels(seed: 3)
    let members = [["xy"], ["zebra"], [" b"]].enumerated().map {
      models.member("m\($0)", tokens: models.tokens(own: $1))
    }
    let fusion = try Self.rules[rule].fusion(for: members.map(\.member)) { _ in }
    func fused(_ logits: [[Float]?], _ weights: [Float]) async throws -> [Float] {
      try await fusion.fuse(Step(logits: logits, weights: weights)).logits
    }
    let logits = members.map(\.logits)
    let without = try softmax(try await fused([logits[0], logits[1], nil], [0.5, 0.25, 0.25]))
    let expected = try softmax(try await fused(logits, [2 / 3, 1 / 3, 0]))
    #expect(isClose(without, expected))
    #expect(try await fused([logits[0], nil, nil], [0.5, 0.25, 0.25]) == logits[0])
  }
}

@Suite struct HandComputedTests {
  private func member(_ name: String, _ tokens: [String]) -> Member {
    Member(ScriptedBackend(name: name, tokens: tokens) { _ in tokens.map { _ in 0 } })
  }

  private func logits(_ probabilities: [Float]) -> [Float] { probabilities.map(ElementaryFunctions.log) }

  private func fuse(_ rule: any EnsembleRule, _ main: [Float], _ assistant: [Float]) async throws -> [Float] {
    let members = [member("m", ["ca", "t", "dog", "</s>"]), member("n", ["cat", "dog", "dogs", "</s>"])]
    let fusion = try rule.fusion(for: members) { _ in }
    return try softmax(try await fusion.fuse(Step(logits: [logits(main), logits(assistant)])).logits)
  }

  private func expect(_ result: [Float], _ wanted: [Float]) {
    #expect(zip(result, wanted).allSatisfy { abs($0 - $1) < 1e-5 }, "\(result) is not \(wanted)")
  }

  @Test func gac() async throws {
    // "cat" is written as "ca" first, "dogs" as "dog".
    expect(try await fuse(.gac(), [0.4, 0.1, 0.3, 0.2], [0.6, 0.1, 0.2, 0.1]), [0.5, 0.05, 0.3, 0.15])
    expect(try await fuse(.gac(threshold: 0.4), [0.4, 0.1, 0.3, 0.2], [0.6, 0.1, 0.2, 0.1]), [0.4, 0.1, 0.3, 0.2])
  }

  @Test func minED() async throws {
    // "cat" is nearest to "ca", "dogs" to "dog".
    expect(try await fuse(.minED, [0.4, 0.1, 0.3, 0.2], [0.6, 0.1, 0.2, 0.1]), [0.5, 0.05, 0.3, 0.15])
  }

  @Test func unite() async throws {
    // The union of the likeliest tokens is "ca" and "cat". The main model writes both with "ca" first; the assistant
    // writes neither "ca" nor a prefix of it, so that all of its score is for "cat".
    expect(try await fuse(.unite(topK: 1), [0.4, 0.1, 0.3, 0.2], [0.6, 0.1, 0.2, 0.1]), [0.4, 0.1, 0.3, 0.2])
    // "ca", "dog", "cat", "dogs": main 0.4, 0.3, 0.4, 0.3; assistant 0, 0.1, 0.6, 0.2. On "ca": (0.8/1.4 + 0.6/0.9)/2.
    let ca: Float = (0.8 / 1.4 + 0.6 / 0.9) / 2
    expect(
      try await fuse(.unite(topK: 2), [0.4, 0.1, 0.3, 0.2], [0.6, 0.1, 0.2, 0.1]), [0.7 * ca, 0.1, 0.7 * (1 - ca), 0.2])
  }

  @Test func bytePrefix() async throws {
    // Shared: "dog" and single bytes. The main model's "ca" stands for "c", its "t" for "t".
    expect(
      try await fuse(.bytePrefix(combination: MeanFusion()), [0.4, 0.1, 0.3, 0.2], [0.6, 0.1, 0.2, 0.1]),
      [0.5, 0.05, 0.3, 0.15])
  }
}
