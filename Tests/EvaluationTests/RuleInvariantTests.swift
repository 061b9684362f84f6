import Baselines
import Ensembling
import Evaluation
import Fusion
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Testing

/// Invariants of every rule that can be named and fuses tokens, through whole ensembles.
@Suite struct RuleInvariantTests {
  /// Every rule, and those whose weights change from step to step in each of the possible ways.
  static let rules: [String] =
    NamedRule.descriptions().flatMap { entry -> [String] in
      guard !entry.settings.contains(where: { $0.name == "with" }) else { return [] }
      let weightsSteps = entry.settings.contains { $0.name == "by" && $0.allowed.contains("entropy") }
      return ["\(entry.name):", "\(entry.name):by=perplexity"]
        + (weightsSteps ? ["entropy", "margin", "agreement"].map { "\(entry.name):by=\($0)" } : [])
    } + [
      "deepen:align=exact", "deepen:align=prefix,search=em", "deepen:search=gradient", "deepen:precision=exact",
      "pairwise:align=cosine,search=adamw,combine=mean", "gac:threshold=1", "unite:k=3", "rescore:candidates=3",
    ]

  private static func variant(_ rule: String, _ weights: String) throws -> ConfiguredRule {
    let text = rule.hasSuffix(":") ? "\(rule)weights=\(weights)" : "\(rule),weights=\(weights)"
    return try RuleRegistry.standard.rule(text)
  }

  /// Random models that read letters and predict from a text's length, with vectors for their tokens.
  private static func members(_ own: [[String]], seed: Int) -> [Member] {
    var random = SplitMix64(seed: UInt64(seed))
    return own.enumerated().map { index, own in
      let tokens = (["a", "b", "ab", "abc", "ba", "c"] + own).shuffled(using: &random) + ["</s>"]
      let rows = (0..<5).map { _ in tokens.map { _ in Float.random(in: -4...4, using: &random) } }
      let vectors = Matrix(
        rows: tokens.count, columns: 6, known: (0..<tokens.count * 6).map { _ in .random(in: -1...1, using: &random) })
      let base = ScriptedBackend(name: "m\(index)", tokens: tokens, embeddings: vectors) { rows[$0.bytes.count % 5] }
      return Member(Tokenizing(base: base), name: "m\(index)", embeddings: vectors)
    }
  }

  /// The first steps of an answer, as distributions over the main model's tokens.
  private func steps(_ ensemble: Ensemble) async throws -> [[Float]] {
    let count = ensemble.members[0].backend.vocabulary.count
    let options = ResponseOptions(maximumTokens: 3, candidateCount: count)
    var steps: [[Float]] = []
    for try await element in ensemble.streamResponse(continuing: "abcabacbabcabcabacbabcab", options: options) {
      guard let candidates = element.candidates else { continue }
      var distribution = [Float](repeating: 0, count: count)
      for candidate in candidates.fused { distribution[candidate.token] = candidate.probability }
      steps.append(distribution)
    }
    return steps
  }

  private func isClose(_ one: [[Float]], _ other: [[Float]], within tolerance: Float = 1e-4) -> Bool {
    guard let first = one.first, let second = other.first else { return false }
    return zip(first, second).allSatisfy { abs($0 - $1) <= tolerance }
  }

  @Test(arguments: rules, 0..<2) func allWeightOnTheMainModelIsTheMainModelExactly(rule: String, seed: Int) async throws
  {
    let members = Self.members([["cc"], ["bb", "ca"], ["aab"]], seed: seed)
    let alone = try await steps(try await Ensemble(main: members[0]))
    #expect(!alone.isEmpty)
    let named = try await Self.variant(rule, "1/0/0").ensemble(of: members)
    #expect(try await steps(named) == alone)
    let adaptive = try await Self.variant(rule, "adaptive").ensemble(of: members, scores: [2, 0, 0])
    #expect(try await steps(adaptive) == alone)
    let inSwift = try await Ensemble(
      main: members[0], assistants: Array(members.dropFirst()), weights: .fixed([3, 0, 0]),
      rule: try NamedRule(rule.hasSuffix(":") ? String(rule.dropLast()) : rule).only().tokenRule())
    #expect(try await steps(inSwift) == alone)
    await #expect(throws: EnsembleError.self) { try await Self.variant(rule, "adaptive").ensemble(of: members) }
    await #expect(throws: FusionError.self) { try await Self.variant(rule, "1/0").ensemble(of: members) }
  }

  @Test(arguments: rules, 0..<2) func theOrderOfAssistantsDoesNotMatter(rule: String, seed: Int) async throws {
    let members = Self.members([["cc"], ["bb", "ca"], ["aab"]], seed: seed)
    let one = try await Self.variant(rule, "5/3/2").ensemble(of: members)
    let other = try await Self.variant(rule, "5/2/3").ensemble(of: [members[0], members[2], members[1]])
    #expect(isClose(try await steps(one), try await steps(other)))
  }

  /// The published search shrinks logits, so it changes even distributions that it agrees with. Rescoring reads
  /// continuations in every tokenisation, of which these models know nothing (`RescoringTests` has some that do).
  @Test(
    arguments: rules.filter { !$0.hasPrefix("deepen") && !$0.hasPrefix("rescore") && !$0.contains("adamw") }, 0..<2)
  func aModelWithItselfIsItself(rule: String, seed: Int) async throws {
    let main = Self.members([["cc"]], seed: seed)[0]
    var twin = main
    twin.name = "twin"
    let alone = try await steps(try await Ensemble(main: main))
    for weights in ["1/1", "9/1"] {
      let both = try await Self.variant(rule, weights).ensemble(of: [main, twin])
      #expect(isClose(try await steps(both), alone))
    }
  }

  @Test(arguments: rules) func anAssistantThatSharesNoTokenIsRefused(rule: String) async throws {
    // The main model has the bytes of the assistant's characters, so that every rule could continue with half of one.
    let bytes = Array(Set("你好".utf8)).sorted().map { Token(bytes: [$0], kind: .byte) }
    let tokens = ["a", "b", "ab"].map { Token($0) } + bytes + [Token("</s>", kind: .control)]
    let vocabulary = try Vocabulary(tokens: tokens, endOfGeneration: [tokens.count - 1])
    let main = ScriptedBackend(
      name: "latin", vocabulary: vocabulary, embeddings: Matrix(rows: tokens.count, columns: 2, repeating: 1)
    ) {
      _ in tokens.map { _ in 0 }
    }
    let assistant = ScriptedBackend(
      name: "hanzi", tokens: ["你", "好", "</s>"], embeddings: Matrix(rows: 3, columns: 2, repeating: 1)
    ) { _ in [1, 0, 0] }
    let members = [Member(main), Member(Tokenizing(base: assistant))]
    let variant = try RuleRegistry.standard.rule(rule.hasSuffix(":") ? String(rule.dropLast()) : rule)
    let error = await #expect(throws: RelativeSpaceError.self) { try await variant.ensemble(of: members) }
    #expect(error?.code == .noSharedTokens)
    #expect(error?.problem.contains("latin") == true && error?.problem.contains("hanzi") == true)
  }

  @Test(arguments: ["voting", "mbr"]) func finishedAnswersNeedNoSharedTokens(rule: String) async throws {
    let members = [["yes", "</s>"], ["ja", "</s>"]].enumerated().map { index, tokens in
      Member(
        ScriptedBackend(name: "m\(index)", tokens: tokens) {
          $0.bytes.last == 0x61 || $0.bytes.last == 0x73 ? [0, 1] : [1, 0]
        })
    }
    let combination = try #require(try NamedRule(rule).only().answers)
    let response = try await combination.answering(members: members, with: nil)
      .respond(to: [Message(role: .user, content: "?")], options: ResponseOptions(maximumTokens: 3))
    #expect(response.text == "yes")
  }
}
