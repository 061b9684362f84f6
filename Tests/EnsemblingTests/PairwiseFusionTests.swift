import Ensembling
import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

@Suite struct PairwiseFusionTests {
  /// A search on the general path: it starts from logits and returns no probabilities.
  private struct LongSearch: InverseSearch {
    func search(_ start: SearchStart) throws -> SearchResult {
      var found = try EMSearch().search(from: start.logits, toward: start.target, through: start.alignment)
      found.probabilities = nil
      return found
    }
  }

  /// A combination that can only be asked for the distribution.
  private struct LongCombination: FusionRule {
    var rule: any FusionRule

    func fuse(_ relatives: [[Float]], weights: [Float]) throws -> [Float] { try rule.fuse(relatives, weights: weights) }
  }

  private func vocabulary(_ random: inout SplitMix64) -> Vocabulary {
    let words = (0..<200).map { _ in
      String((0..<Int.random(in: 1...4, using: &random)).map { _ in "abc ".randomElement(using: &random) ?? "a" })
    }
    let tokens = Set(words).sorted().map { Token($0) } + [Token("<s>", kind: .control), Token("</s>", kind: .control)]
    return Vocabulary(known: tokens, endOfGeneration: [tokens.count - 1])
  }

  private func logits(_ count: Int, _ random: inout SplitMix64) -> [Float] {
    (0..<count).map { index in
      index % 17 == 3 ? -.infinity : Float.random(in: -9...9, using: &random)
    }
  }

  @Test(arguments: UInt64(0)..<10, [[0.5, 0.3, 0.2], [0.4, 0.6, 0], [0, 0.5, 0.5]] as [[Float]])
  func theShortcutEqualsTheFullComputation(seed: UInt64, weights: [Float]) throws {
    var random = SplitMix64(seed: seed)
    let vocabularies = (0..<3).map { _ in vocabulary(&random) }
    let pairs = try vocabularies.dropFirst().map { assistant in
      let anchors = try BytePrefixAnchors(shared: [vocabularies[0], assistant])
      return try PairwiseFusion.Pair(
        main: BytePrefixAlignment(vocabularies[0], anchors: anchors),
        assistant: BytePrefixAlignment(assistant, anchors: anchors))
    }
    let all = vocabularies.map { logits($0.count, &random) }
    for rule: any FusionRule in [GeometricFusion(), MeanFusion()] {
      for weighting: any StepWeighting in [ConstantWeighting(), EntropyWeighting(), AgreementWeighting()] {
        let short = PairwiseFusion(pairs: pairs, combination: rule, weighting: weighting)
        let long = PairwiseFusion(
          pairs: pairs, combination: LongCombination(rule: rule), search: LongSearch(), weighting: weighting)
        for assistants: [[Float]?] in [[all[1], all[2]], [all[1], nil], [nil, all[2]]] {
          let step = try Step(logits: [all[0]] + assistants, weights: weights)
          let (one, other) = (try short.fuse(step), try long.fuse(step))
          for (x, y) in zip(one.weights, other.weights) { #expect(abs(x - y) < 1e-5) }
          for (x, y) in zip(try softmax(one.logits), try softmax(other.logits)) {
            #expect(abs(x - y) <= 2e-6 + 5e-5 * y)
          }
        }
      }
    }
  }

  @Test func aMemberFusedWithItselfIsUnchanged() throws {
    var random = SplitMix64(seed: 3)
    let words = vocabulary(&random)
    let alignment = BytePrefixAlignment(words, anchors: try BytePrefixAnchors(shared: [words, words]))
    let main = logits(words.count, &random)
    let fused = try PairwiseFusion(pairs: [.init(main: alignment, assistant: alignment)])
      .fuse(Step(logits: [main, main]))
    for (one, other) in zip(try softmax(fused.logits), try softmax(main)) { #expect(abs(one - other) < 1e-6) }
  }
}
