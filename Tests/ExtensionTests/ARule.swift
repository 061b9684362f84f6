import DeePEn
import Foundation
import LinearAlgebra
import Testing

/// A rule in one file: members vote on the tokens whose bytes all of them have; the main model's other tokens keep
/// their probability.
///
/// Of the shared tokens, p′ ∝ Π pᵢ^αᵢ, with the probability that the main model gives them together.
struct SharedTokenRule: EnsembleRule {
  var name: String { "shared tokens" }

  func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    let vocabularies = members.map(\.backend.vocabulary)
    let shared = vocabularies[0].textTokens.compactMap { token -> [TokenID]? in
      let bytes = vocabularies[0].bytes(of: token)
      let others = vocabularies.dropFirst().compactMap { $0.id(forBytes: bytes) }
      return others.count + 1 == members.count ? [token] + others : nil
    }
    progress(EnsembleProgress(activity: "found \(shared.count) shared tokens", fraction: 1))
    return SharedTokenFusion(shared: shared)
  }
}

/// The rule for some members.
struct SharedTokenFusion: TokenFusion {
  /// The shared tokens' identifiers, `[shared][members]`.
  let shared: [[TokenID]]

  func fuse(_ step: Step) throws -> FusedLogits {
    let counting = step.counting
    guard counting != [0], !shared.isEmpty else { return step.mainAlone }
    let distributions = try counting.map { (member: $0, p: try step.softmax(of: $0)) }
    let scores = shared.map { token in
      distributions.reduce(Float(0)) { sum, one in
        let weight = step.weights[one.member]
        return weight > 0 ? sum + weight * log(max(one.p[token[one.member]], 1e-30)) : sum
      }
    }
    let before = try logSumExp(shared.map { step.main[$0[0]] })
    let shift = try before - logSumExp(scores)
    var logits = step.main
    for (token, score) in zip(shared, scores) { logits[token[0]] = score + shift }
    return FusedLogits(logits: logits, weights: step.weights)
  }
}

@Suite("A custom rule") struct RuleTests {
  private func step(_ members: [Member], _ weights: [Float]) async throws -> [Float] {
    let ensemble = try await Ensemble(
      main: members[0], assistants: Array(members.dropFirst()), weights: .fixed(weights), rule: SharedTokenRule())
    var distribution = [Float](repeating: 0, count: members[0].backend.vocabulary.count)
    for candidate in try await ensemble.elements().first?.candidates?.fused ?? [] {
      distribution[candidate.token] = candidate.probability
    }
    return distribution
  }

  private func isClose(_ one: [Float], _ other: [Float]) -> Bool {
    zip(one, other).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  @Test(arguments: 0..<4) func invariantsHold(seed: Int) async throws {
    var models = Models(seed: UInt64(seed))
    let members = try models.members()
    let alone = try await step([members[0]], [1])
    #expect(isClose(try await step(members, [1, 0, 0]), alone))
    let twin = Member(members[0].backend, name: "twin")
    #expect(isClose(try await step([members[0], twin], [0.5, 0.5]), alone))
    let one = try await step(members, [0.5, 0.3, 0.2])
    let other = try await step([members[0], members[2], members[1]], [0.5, 0.2, 0.3])
    #expect(isClose(one, other) && !isClose(one, alone))
    #expect(abs(one.reduce(0, +) - 1) < 1e-4)
  }

  @Test func theFormulaIsThatOfItsComment() throws {
    // "a" and "b" are shared; the main model's own token is the third.
    let fusion = SharedTokenFusion(shared: [[0, 1], [1, 0]])
    let (main, assistant): ([Float], [Float]) = ([0.5, 0.3, 0.2], [0.4, 0.6])
    let step = try Step(logits: [main.map { log($0) }, assistant.map { log($0) }], weights: [0.5, 0.5])
    let products = [(0.5 * 0.6 as Float).squareRoot(), (0.3 * 0.4 as Float).squareRoot()]
    let expected = products.map { $0 / (products[0] + products[1]) * 0.8 } + [0.2]
    #expect(isClose(try softmax(fusion.fuse(step).logits), expected))
  }
}
