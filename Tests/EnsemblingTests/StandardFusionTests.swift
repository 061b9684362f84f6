import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

/// The standard rule against the general pairwise rule with the same parts, and against its formula in double
/// precision.
@Suite(.serialized) struct StandardFusionTests {
  private func vocabulary(_ count: Int, letters: Int, _ random: inout SplitMix64) -> Vocabulary {
    var words: Set<[UInt8]> = []
    while words.count < count {
      words.insert(
        (0..<Int.random(in: 1...7, using: &random)).map { _ in
          UInt8.random(in: 97..<97 + UInt8(letters), using: &random)
        })
    }
    let tokens = words.sorted { $0.lexicographicallyPrecedes($1) }.shuffled(using: &random).map {
      Token(bytes: $0, kind: .normal)
    }
    return Vocabulary(known: tokens + [Token("</s>", kind: .control)], endOfGeneration: [tokens.count])
  }

  private func fusions(_ vocabularies: [Vocabulary]) throws -> (StandardFusion, PairwiseFusion) {
    let standard = StandardFusion(
      pairs: try vocabularies.dropFirst().map { try StandardFusion.Pair(main: vocabularies[0], assistant: $0) })
    let general = PairwiseFusion(
      pairs: try standard.pairs.map { try PairwiseFusion.Pair(main: $0.main, assistant: $0.assistant) })
    return (standard, general)
  }

  private func logits(_ count: Int, width: Float = 9, _ random: inout SplitMix64) -> [Float] {
    (0..<count).map { $0 % 17 == 3 ? -.infinity : Float.random(in: -width...width, using: &random) }
  }

  private func expectSame(
    _ standard: StandardFusion, _ general: PairwiseFusion, _ logits: [[Float]?], _ weights: [Float],
    location: SourceLocation = #_sourceLocation
  ) throws {
    let step = try Step(logits: logits, weights: weights)
    let (one, other) = (try standard.fuse(step), try general.fuse(step))
    #expect(one.weights == other.weights && one.losses.isEmpty, sourceLocation: location)
    #expect(one.logits.count == step.main.count, sourceLocation: location)
    let wrong = zip(try softmax(one.logits), try softmax(other.logits)).filter { abs($0 - $1) > 2e-7 + 2e-5 * $1 }
    #expect(wrong.isEmpty, sourceLocation: location)
    // Tokens that are impossible for one are impossible for the other, and likewise the clearly possible ones. The general
    // rule goes through single-precision probabilities, which are coarse there: where they differ, the formula decides.
    let apart = step.main.indices.filter { token in
      let (found, expected) = (one.logits[token], other.logits[token])
      return expected == -.infinity ? found > -80 : expected > -80 && abs(found - expected) > 1e-4
    }
    #expect(apart.allSatisfy { other.logits[$0] < -50 }, sourceLocation: location)
    guard !apart.isEmpty else { return }
    let wanted = formula(standard, step)
    let likeliest = wanted.indices.max { wanted[$0] < wanted[$1] } ?? 0
    for token in apart {
      let found = Double(one.logits[token]) - Double(one.logits[likeliest])
      #expect(abs(found - (wanted[token] - wanted[likeliest])) < 1e-4, "token \(token)", sourceLocation: location)
    }
  }

  @Test(
    arguments: UInt64(0)..<8,
    [[0.5, 0.5], [0.8, 0.2], [0, 1], [0.4, 0.4, 0.2], [0, 0.5, 0.5], [0.3, 0, 0.7]] as [[Float]])
  func isTheGeneralRule(seed: UInt64, weights: [Float]) throws {
    var random = SplitMix64(seed: seed)
    let sizes = [[30, 40, 20], [200, 150, 300], [3, 200, 9]][Int(seed % 3)]
    let vocabularies = weights.indices.map { vocabulary(sizes[$0], letters: 3, &random) }
    let (standard, general) = try fusions(vocabularies)
    for width: Float in [0.5, 9, 60] {
      let all: [[Float]?] = vocabularies.map { logits($0.count, width: width, &random) }
      try expectSame(standard, general, all, weights)
      if weights.count == 3 { try expectSame(standard, general, [all[0], all[1], nil], weights) }
    }
  }

  @Test func largeVocabulariesAreCutForThreads() throws {
    var random = SplitMix64(seed: 9)
    let vocabularies = [40_000, 35_000].map { vocabulary($0, letters: 6, &random) }
    let (standard, general) = try fusions(vocabularies)
    let all = vocabularies.map { logits($0.count, &random) }
    try expectSame(standard, general, all, [0.6, 0.4])
  }

  /// log p′ by the formula, in double precision and through distributions.
  private func formula(_ standard: StandardFusion, _ step: Step) -> [Double] {
    func distribution(_ logits: [Float]) -> [Double] {
      let powers = logits.map { ElementaryFunctions.exp(Double($0) - Double(logits.max() ?? 0)) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
    /// Probabilities that softmax has as 0 in single precision reach no anchor.
    func masses(_ logits: [Float], _ alignment: BytePrefixAlignment) -> [Double] {
      var masses = [Double](repeating: 0, count: alignment.anchorCount)
      let (p, largest) = (distribution(logits), logits.max() ?? 0)
      for (token, anchor) in alignment.anchorOfToken.enumerated() where logits[token] - largest >= -87 {
        masses[Int(anchor)] += p[token]
      }
      return masses
    }
    let own = distribution(step.main)
    let opinions = step.counting.map { member -> [Double] in
      guard member > 0, let logits = step.logits[member] else { return own }
      let pair = standard.pairs[member - 1]
      let (m, r) = (masses(step.main, pair.main), masses(logits, pair.assistant))
      let reached = zip(m, r).reduce(0) { $1.0 > 0 ? $0 + $1.1 : $0 }
      return own.enumerated().map { token, p in
        let anchor = Int(pair.main.anchorOfToken[token])
        return m[anchor] == 0 ? 0 : p * r[anchor] / m[anchor] / reached
      }
    }
    let weights = step.counting.map { Double(step.weights[$0]) }
    let smoothing = Double(standard.smoothing)
    return own.indices.map { token in
      let mean = zip(weights, opinions).reduce(0) { $0 + $1.0 * $1.1[token] }
      return zip(weights, opinions).reduce(0) { sum, one in
        one.0 == 0
          ? sum : sum + one.0 * ElementaryFunctions.log((1 - smoothing) * one.1[token] + smoothing * mean)
      }
    }
  }

  private func expectFormula(
    _ standard: StandardFusion, _ logits: [[Float]?], _ weights: [Float],
    location: SourceLocation = #_sourceLocation
  ) throws {
    let step = try Step(logits: logits, weights: weights)
    let (found, wanted) = (try standard.fuse(step).logits.map(Double.init), formula(standard, step))
    // Both are logits up to a constant.
    let likeliest = wanted.indices.max { wanted[$0] < wanted[$1] } ?? 0
    for token in wanted.indices {
      let (one, other) = (found[token] - found[likeliest], wanted[token] - wanted[likeliest])
      #expect(
        one == other || abs(one - other) < 1e-4 || (one < -80 && other < -80), "token \(token)",
        sourceLocation: location)
    }
  }

  @Test(arguments: UInt64(0)..<6, [[0.5, 0.5], [0, 1], [0.2, 0.5, 0.3]] as [[Float]])
  func isItsFormula(seed: UInt64, weights: [Float]) throws {
    var random = SplitMix64(seed: seed + 100)
    let vocabularies = weights.indices.map { _ in vocabulary(80, letters: 3, &random) }
    let standard = try fusions(vocabularies).0
    for width: Float in [0.01, 3, 20, 60] {
      try expectFormula(standard, vocabularies.map { logits($0.count, width: width, &random) }, weights)
    }
  }

  @Test(arguments: [[0.5, 0.5], [0.9, 0.1], [0, 1]] as [[Float]])
  func valuesBeyondSinglePrecisionAreRight(weights: [Float]) throws {
    var random = SplitMix64(seed: 10)
    let words = vocabulary(60, letters: 3, &random)
    let (standard, general) = try fusions([words, words])
    let three = try fusions([words, words, words])
    let flat = [Float](repeating: 0, count: words.count)
    // An anchor to which the main model gives almost nothing, and the assistant nearly all: factors from 1e15 to 1e38.
    for depth: Float in [-36, -50, -70, -85] {
      var (unlikely, sure) = (logits(words.count, width: 2, &random), flat)
      (unlikely[20], sure[20]) = (depth, 90)
      try expectSame(standard, general, [unlikely, sure], weights)
      try expectFormula(standard, [unlikely, sure], weights)
      try expectFormula(three.0, [unlikely, sure, flat], weights + [0.5])
    }
    // Most of the assistant's probability out of reach, and nearly all.
    var excluded = logits(words.count, &random)
    for token in 20..<words.count { excluded[token] = -.infinity }
    try expectSame(standard, general, [excluded, flat], weights)
    for high: Float in [5, 15, 30] {
      let beyond = flat.indices.map { $0 >= 20 ? high : flat[$0] }
      try expectFormula(standard, [excluded, beyond], weights)
      try expectFormula(three.0, [excluded, beyond, flat], weights + [0.5])
    }
  }

  @Test func anAssistantOutOfReachIsRefusedLikeTheGeneralRuleDoes() throws {
    var random = SplitMix64(seed: 12)
    let words = vocabulary(60, letters: 3, &random)
    let (standard, general) = try fusions([words, words])
    var (main, assistant) = (logits(words.count, &random), logits(words.count, &random))
    for token in words.indices {
      if token < 30 { assistant[token] = -.infinity } else { main[token] = -.infinity }
    }
    // Anchors that both have tokens of would be within reach.
    for (token, anchor) in standard.pairs[0].main.anchorOfToken.enumerated() where token < 30 {
      for other in standard.pairs[0].assistant.anchorOfToken.indices.dropFirst(30)
      where standard.pairs[0].assistant.anchorOfToken[other] == anchor {
        assistant[other] = -.infinity
      }
    }
    let step = try Step(logits: [main, assistant])
    for fusion in [{ try standard.fuse($0) }, { try general.fuse($0) }] as [(Step) throws -> FusedLogits] {
      let error = #expect(throws: InverseSearchError.self) { _ = try fusion(step) }
      #expect(error?.code == .diverged)
    }
  }

  @Test func aModelWithItselfIsItselfExactly() throws {
    var random = SplitMix64(seed: 13)
    let words = vocabulary(60, letters: 3, &random)
    let main = logits(words.count, &random)
    let standard = try fusions([words, words, words]).0
    for weights in [[0.2, 0.5, 0.3], [0, 0.5, 0.5], [0.6, 0.4, 0]] as [[Float]] {
      #expect(try standard.fuse(Step(logits: [main, main, main], weights: weights)).logits == main)
    }
  }

  @Test func complaintsAreTheSame() throws {
    var random = SplitMix64(seed: 11)
    let vocabularies = [50, 60].map { vocabulary($0, letters: 3, &random) }
    let (standard, general) = try fusions(vocabularies)
    let good = vocabularies.map { logits($0.count, &random) }
    func complaints(_ main: [Float], _ assistant: [Float]) -> [String] {
      [{ try standard.fuse($0) }, { try general.fuse($0) }].map { (fuse: (Step) throws -> FusedLogits) in
        do {
          _ = try fuse(Step(logits: [main, assistant]))
          return "none"
        } catch { return "\(type(of: error)): \(error)" }
      }
    }
    for bad: Float in [.nan, .infinity] {
      for member in 0...1 {
        var all = good
        all[member][7] = bad
        let both = complaints(all[0], all[1])
        #expect(both[0].contains("Logit 7") && both[0] == both[1])
      }
    }
    let nothing = [Float](repeating: -.infinity, count: vocabularies[0].count)
    let both = complaints(nothing, good[1])
    #expect(both[0].contains("−∞") && both[0] == both[1])
    let short = complaints(Array(good[0].dropLast()), good[1])
    #expect(short[0].contains("logits") && short[0] == short[1])
  }
}
