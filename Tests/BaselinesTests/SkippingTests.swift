import Baselines
import Ensembling
import LinearAlgebra
import ModelBackends
import Testing

@Suite struct BaselineSkippingTests {
  private static let rules: [any EnsembleRule] = [
    .gac(), .gac(threshold: 0.8), .minED, .unite(topK: 1), .unite(topK: 3), .unite(topK: 100),
  ]

  @Test(arguments: rules.indices, 0..<9) func aSkippedChoiceIsTheFusedOne(rule: Int, seed: Int) throws {
    var models = RandomModels(seed: seed)
    let members = [["xy"], ["zebra", "abcd"], ["abcde", " b"]].prefix(2 + seed % 2).enumerated().map {
      models.member("m\($0)", tokens: models.tokens(own: $1))
    }
    var weights = members.map { _ in Float.random(in: 0.01...1, using: &models.random) }
    if seed % 7 == 6 { weights[1] = 0 }
    let sum = weights.reduce(0, +)
    let fusion = try #require(
      try Self.rules[rule].fusion(for: members.map(\.member), weights: weights.map { $0 / sum }) { _ in }
        as? any BoundedFusion)
    var skipped = 0
    for step in 0..<200 {
      let logits = members.map { member in
        let vocabulary = member.member.backend.vocabulary
        let wanted = ["a", "ab", " a", "xy"][step % 4]
        let scale = Float.random(in: 0...3, using: &models.random)
        let token = step % 3 == 0 ? nil : vocabulary.id(forBytes: Array(wanted.utf8))
        var logits = models.logits(vocabulary.count).map { $0 * scale }
        if let token { logits[token] = .random(in: 0...14, using: &models.random) }
        if step % 11 == 0 { logits[2] = logits[1] }
        return logits
      }
      let assistants = logits.dropFirst().map { Int.random(in: 0..<9, using: &models.random) == 0 ? nil : $0 }
      guard fusion.keepsMainChoice(logits[0], with: assistants) else { continue }
      skipped += 1
      let fused = try fusion.fuse(logits[0], with: assistants).logits
      let best = topK(2, of: fused)
      #expect(best[0] == argMax(logits[0]) && fused[best[0]] > fused[best[1]])
    }
    #expect(skipped > 0 && skipped < 200)
  }
}
