import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

/// Random members over random words, whose logits are peaked, flat, tied, cut off or far apart.
private struct RandomSteps {
  var random: SplitMix64

  mutating func seldom() -> Bool { Int.random(in: 0..<8, using: &random) == 0 }

  mutating func vocabulary() -> Vocabulary {
    let words = ["a", "b", "ab", "abc", "ba", "c", "ca", "cab", "d", "bb", "abd", "x"].shuffled(using: &random)
    let chosen = words.prefix(Int.random(in: 2...words.count, using: &random))
    return Vocabulary(
      known: chosen.map { Token(bytes: Array($0.utf8), kind: .normal) } + [Token(bytes: [], kind: .control)],
      endOfGeneration: [chosen.count])
  }

  /// Logits over a vocabulary that favour tokens which begin like a wanted word.
  mutating func logits(_ vocabulary: Vocabulary, favouring word: UInt8) -> [Float] {
    let width = [0, 0.2, 3, 12, 70][Int.random(in: 0..<5, using: &random)] as Float
    let lead = Float.random(in: 0...12, using: &random)
    let offset = [0, 0, 0, 900, -40_000][Int.random(in: 0..<5, using: &random)] as Float
    var logits = vocabulary.indices.map { token in
      let isFavoured = vocabulary.bytes(of: token).first == word
      return offset + .random(in: -width...max(width, 0.01), using: &random) + (isFavoured ? lead : 0)
    }
    for token in logits.indices.dropFirst() where seldom() { logits[token] = -.infinity }
    if seldom() { logits[logits.count - 1] = logits[0] }
    if seldom() { logits[Int.random(in: 1..<logits.count, using: &random)] = offset - 88 }
    return logits
  }

  mutating func weights(_ count: Int) -> [Float] {
    var weights = (0..<count).map { _ in Float.random(in: 0...1, using: &random) }
    if seldom() { weights[Int.random(in: 0..<count, using: &random)] = 0 }
    let sum = weights.reduce(0, +)
    return sum > 0 ? weights.map { $0 / sum } : weights.map { _ in 1 / Float(count) }
  }

  mutating func combination() -> any FusionRule {
    [MeanFusion(), GeometricFusion(), GeometricFusion(smoothing: 0.05), GeometricFusion(smoothing: 0.9)]
      .randomElement(using: &random) ?? MeanFusion()
  }
}

@Suite struct ChoiceProofTests {
  /// Whether the rule skips a step, after a check that it may.
  private func skips(_ fusion: any BoundedFusion, _ main: [Float], _ assistants: [[Float]?]) throws -> Bool {
    guard fusion.keepsMainChoice(main, with: assistants) else { return false }
    let fused = try fusion.fuse(main, with: assistants).logits
    let best = topK(2, of: fused)
    #expect(best[0] == argMax(main), "\(main) with \(assistants) gives \(fused)")
    #expect(fused[best[0]] > fused[best[1]])
    return true
  }

  @Test(arguments: UInt64(0)..<24) func pairwiseAndCommonAnchors(seed: UInt64) throws {
    var steps = RandomSteps(random: SplitMix64(seed: seed))
    var skipped = (pairwise: 0, common: 0)
    for _ in 0..<12 {
      let vocabularies = (0..<Int.random(in: 2...4, using: &steps.random)).map { _ in steps.vocabulary() }
      let weights = steps.weights(vocabularies.count)
      let combination = steps.combination()
      let pairs = try vocabularies.dropFirst().map { assistant in
        let anchors = try BytePrefixAnchors(shared: [vocabularies[0], assistant])
        return try PairwiseFusion.Pair(
          main: BytePrefixAlignment(vocabularies[0], anchors: anchors),
          assistant: BytePrefixAlignment(assistant, anchors: anchors))
      }
      let anchors = try BytePrefixAnchors(shared: vocabularies)
      let pairwise = try PairwiseFusion(pairs: pairs, weights: weights, combination: combination)
      let common = try DeePEnFusion(
        alignments: vocabularies.map { BytePrefixAlignment($0, anchors: anchors) }, weights: weights,
        combination: combination, search: EMSearch())
      for _ in 0..<25 {
        let word = Array("abcd".utf8).randomElement(using: &steps.random) ?? 97
        let logits = vocabularies.map { vocabulary in
          steps.logits(vocabulary, favouring: Int.random(in: 0..<4, using: &steps.random) == 0 ? 97 : word)
        }
        let assistants = logits.dropFirst().map { steps.seldom() ? nil : $0 }
        // Where the main model cannot say what an assistant alone decides, fusion has no answer to hold against.
        guard (try? pairwise.fuse(logits[0], with: assistants)) != nil,
          (try? common.fuse(logits[0], with: assistants)) != nil
        else { continue }
        if try skips(pairwise, logits[0], assistants) { skipped.pairwise += 1 }
        if try skips(common, logits[0], assistants) { skipped.common += 1 }
      }
    }
    #expect(skipped.pairwise > 20 && skipped.common > 20)
  }

  /// Members that agree with 0.9 are skipped; one that is sure of something else is not.
  @Test(arguments: [MeanFusion() as any FusionRule, GeometricFusion()])
  func agreementIsSkippedAndContradictionIsNot(combination: any FusionRule) throws {
    let vocabulary = Vocabulary(
      known: ["a", "b", "c"].map { Token(bytes: Array($0.utf8), kind: .normal) }, endOfGeneration: [])
    let alignment = BytePrefixAlignment(vocabulary, anchors: try BytePrefixAnchors(shared: [vocabulary, vocabulary]))
    let pair = try PairwiseFusion.Pair(main: alignment, assistant: alignment)
    let sure: [Float] = [0.9, 0.06, 0.04].map(ElementaryFunctions.log)
    let other: [Float] = [0.04, 0.95, 0.01].map(ElementaryFunctions.log)
    let fusion = try PairwiseFusion(pairs: [pair], weights: [0.5, 0.5], combination: combination)
    #expect(fusion.keepsMainChoice(sure, with: [sure]) && !fusion.keepsMainChoice(sure, with: [other]))
    let three = try PairwiseFusion(pairs: [pair, pair], weights: [0.4, 0.4, 0.2], combination: combination)
    #expect(three.keepsMainChoice(sure, with: [sure, other]) && !three.keepsMainChoice(other, with: [sure, sure]))
    let common = try DeePEnFusion(
      alignments: [alignment, alignment], weights: [0.5, 0.5], combination: combination, search: EMSearch())
    #expect(common.keepsMainChoice(sure, with: [sure]) && !common.keepsMainChoice(sure, with: [other]))
  }

  /// Where probabilities are too small to be numbers, an anchor's tokens can get more together than the assistant gave.
  @Test func tinyProbabilitiesProveNothing() throws {
    let words = ["a"] + (0..<40).map { "b" + String(repeating: "c", count: $0 + 1) }
    let main = Vocabulary(known: words.map { Token(bytes: Array($0.utf8), kind: .normal) }, endOfGeneration: [])
    let assistant = Vocabulary(
      known: ["a", "b", "d"].map { Token(bytes: Array($0.utf8), kind: .normal) }, endOfGeneration: [])
    let anchors = try BytePrefixAnchors(shared: [main, assistant])
    let pair = try PairwiseFusion.Pair(
      main: BytePrefixAlignment(main, anchors: anchors), assistant: BytePrefixAlignment(assistant, anchors: anchors))
    let logits: [Float] = [0, -86.9] + (0..<39).map { _ in -87.2 }
    for first: Float in [0.1, 0.4, 0.5, 0.55, 0.7, 0.97] {
      let opinion = [first, 1 - first, 0].map(ElementaryFunctions.log)
      for weight: Float in [0.02, 0.3, 0.6] {
        for combination: any FusionRule in [MeanFusion(), GeometricFusion()] {
          let fusion = try PairwiseFusion(pairs: [pair], weights: [weight, 1 - weight], combination: combination)
          _ = try skips(fusion, logits, [opinion])
        }
      }
    }
  }

  @Test func otherPartsAreNotProved() throws {
    let vocabulary = Vocabulary(
      known: ["a", "b"].map { Token(bytes: Array($0.utf8), kind: .normal) }, endOfGeneration: [])
    let alignment = BytePrefixAlignment(vocabulary, anchors: try BytePrefixAnchors(shared: [vocabulary, vocabulary]))
    let dense = DenseAlignment(known: Matrix(rows: 2, columns: 2, known: [1, 0, 0, 1]))
    let (pair, densePair) = (
      try PairwiseFusion.Pair(main: alignment, assistant: alignment),
      try PairwiseFusion.Pair(main: dense, assistant: dense)
    )
    struct Last: FusionRule {
      func fuse(_ relatives: [[Float]], weights: [Float]) -> [Float] { relatives[relatives.count - 1] }
    }
    let sure: [Float] = [20, 0]
    #expect(try PairwiseFusion(pairs: [pair], weights: [0.5, 0.5]).keepsMainChoice(sure, with: [sure]))
    for fusion in [
      try PairwiseFusion(pairs: [pair], weights: [0.5, 0.5], search: EMSearch(steps: 2)),
      try PairwiseFusion(pairs: [pair], weights: [0.5, 0.5], search: EMSearch(exponent: 0.5)),
      try PairwiseFusion(pairs: [pair], weights: [0.5, 0.5], search: AdamWSearch()),
      try PairwiseFusion(pairs: [pair], weights: [0.5, 0.5], combination: Last()),
      try PairwiseFusion(pairs: [pair], weights: [0.5, 0.5], weighting: EntropyWeighting()),
      try PairwiseFusion(pairs: [densePair], weights: [0.5, 0.5]),
    ] { #expect(!fusion.keepsMainChoice(sure, with: [sure])) }
    let standard = try PairwiseFusion(pairs: [pair], weights: [0.5, 0.5])
    // A tie, and what fusion would refuse.
    #expect(!standard.keepsMainChoice([3, 3], with: [[20, 0]]))
    #expect(!standard.keepsMainChoice([.nan, 3], with: [sure]) && !standard.keepsMainChoice(sure, with: [[.nan, 0]]))
    #expect(!standard.keepsMainChoice(sure, with: [[1, 2, 3]]))
    // Nobody has a part beside the main model.
    #expect(standard.keepsMainChoice(sure, with: [nil]))
  }
}
