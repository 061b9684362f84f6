import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

/// A step in byte prefixes by anchors' factors, against the same step through distributions.
@Suite(.serialized) struct SingleOnesTests {
  /// The same search by another name, so that every step goes through distributions.
  private struct Unknown: DistributionSearch {
    func search(from main: [Float], toward target: [Float], through alignment: any TokenAlignment) throws
      -> SearchResult
    {
      try EMSearch().search(from: main, toward: target, through: alignment)
    }

    func distribution(
      from mainLogits: [Float], withSoftmax main: [Float], toward target: [Float], through alignment: any TokenAlignment
    ) throws -> [Float] {
      try EMSearch().distribution(from: mainLogits, withSoftmax: main, toward: target, through: alignment)
    }
  }

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

  private func fusions(_ vocabularies: [Vocabulary], _ weights: [Float]) throws -> (PairwiseFusion, PairwiseFusion) {
    let pairs = try vocabularies.dropFirst().map { assistant in
      let anchors = try BytePrefixAnchors(shared: [vocabularies[0], assistant])
      return try PairwiseFusion.Pair(
        main: BytePrefixAlignment(vocabularies[0], anchors: anchors),
        assistant: BytePrefixAlignment(assistant, anchors: anchors))
    }
    return (
      try PairwiseFusion(pairs: pairs, weights: weights),
      try PairwiseFusion(pairs: pairs, weights: weights, search: Unknown())
    )
  }

  private func logits(_ count: Int, width: Float = 9, _ random: inout SplitMix64) -> [Float] {
    (0..<count).map { $0 % 17 == 3 ? -.infinity : Float.random(in: -width...width, using: &random) }
  }

  /// Whether the factors were enough for a step.
  private func isShort(_ fusion: PairwiseFusion, _ main: [Float], _ assistants: [[Float]], _ weights: [Float]) -> Bool {
    fusion.singleOnesLogits(
      main, with: assistants.enumerated().map { (pair: $0, logits: $1) }, weights: weights) != nil
  }

  private func expectSame(
    _ short: PairwiseFusion, _ long: PairwiseFusion, _ main: [Float], _ assistants: [[Float]?],
    location: SourceLocation = #_sourceLocation
  ) throws {
    let (one, other) = (try short.fuse(main, with: assistants), try long.fuse(main, with: assistants))
    #expect(one.weights == other.weights && one.losses.isEmpty, sourceLocation: location)
    #expect(one.logits.count == main.count, sourceLocation: location)
    let wrong = zip(try softmax(one.logits), try softmax(other.logits)).filter { abs($0 - $1) > 2e-7 + 2e-5 * $1 }
    #expect(wrong.isEmpty, sourceLocation: location)
    // What the way through distributions finds impossible, or what it finds possible by far, is so here.
    let places = zip(one.logits, other.logits).filter { $1 == -.infinity ? $0 > -80 : $1 > -80 && abs($0 - $1) > 1e-4 }
    #expect(places.isEmpty, sourceLocation: location)
  }

  @Test(
    arguments: UInt64(0)..<8,
    [[0.5, 0.5], [0.8, 0.2], [0, 1], [0.4, 0.4, 0.2], [0, 0.5, 0.5], [0.3, 0, 0.7]] as [[Float]])
  func factorsSayWhatDistributionsSay(seed: UInt64, weights: [Float]) throws {
    var random = SplitMix64(seed: seed)
    let sizes = [[30, 40, 20], [200, 150, 300], [3, 200, 9]][Int(seed % 3)]
    let vocabularies = weights.indices.map { vocabulary(sizes[$0], letters: 3, &random) }
    let (short, long) = try fusions(vocabularies, weights)
    for width: Float in [0.5, 9, 60] {
      let all = vocabularies.map { logits($0.count, width: width, &random) }
      try expectSame(short, long, all[0], Array(all.dropFirst()))
      if weights.count == 3 { try expectSame(short, long, all[0], [all[1], nil]) }
      if width == 0.5, sizes[0] > 3, weights.allSatisfy({ $0 > 0 }) {
        #expect(isShort(short, all[0], Array(all.dropFirst()), weights))
      }
    }
  }

  @Test func largeVocabulariesAreCutForThreads() throws {
    var random = SplitMix64(seed: 9)
    let vocabularies = [40_000, 35_000].map { vocabulary($0, letters: 6, &random) }
    let (short, long) = try fusions(vocabularies, [0.6, 0.4])
    let all = vocabularies.map { logits($0.count, &random) }
    try expectSame(short, long, all[0], [all[1]])
    #expect(isShort(short, all[0], [all[1]], [0.6, 0.4]))
  }

  @Test func whatNeedsACloserLookGetsIt() throws {
    var random = SplitMix64(seed: 10)
    let words = vocabulary(60, letters: 3, &random)
    let (short, long) = try fusions([words, words], [0.5, 0.5])
    let main = logits(words.count, &random)
    // Members that agree.
    #expect(!isShort(short, main, [main], [0.5, 0.5]))
    #expect(try short.fuse(main, with: [main]).logits == long.fuse(main, with: [main]).logits)
    // A token that single precision gives no probability, and the assistant nearly all.
    var (unlikely, sure) = (main, [Float](repeating: 0, count: words.count))
    (unlikely[20], sure[20]) = (-70, 90)
    #expect(!isShort(short, unlikely, [sure], [0.5, 0.5]))
    try expectSame(short, long, unlikely, [sure])
    // Most of the assistant's probability out of reach.
    var excluded = main
    for token in 20..<words.count { excluded[token] = -.infinity }
    #expect(!isShort(short, excluded, [[Float](repeating: 0, count: words.count)], [0.5, 0.5]))
    try expectSame(short, long, excluded, [[Float](repeating: 0, count: words.count)])
    // Other searches, combinations and alignments.
    let other = logits(words.count, &random)
    for fusion in [
      try PairwiseFusion(pairs: short.pairs, weights: [0.5, 0.5], combination: MeanFusion()),
      try PairwiseFusion(pairs: short.pairs, weights: [0.5, 0.5], search: EMSearch(steps: 2)),
      try PairwiseFusion(pairs: short.pairs, weights: [0.5, 0.5], search: EMSearch(exponent: 0.5)), long,
    ] { #expect(!isShort(fusion, main, [other], [0.5, 0.5])) }
    #expect(isShort(short, main, [other], [0.5, 0.5]))
  }

  @Test func complaintsAreTheSame() throws {
    var random = SplitMix64(seed: 11)
    let vocabularies = [50, 60].map { vocabulary($0, letters: 3, &random) }
    let (short, long) = try fusions(vocabularies, [0.5, 0.5])
    let good = vocabularies.map { logits($0.count, &random) }
    func complaint(_ fusion: PairwiseFusion, _ main: [Float], _ assistant: [Float]) -> String {
      do {
        _ = try fusion.fuse(main, with: [assistant])
        return "none"
      } catch { return "\(error)" }
    }
    for bad: Float in [.nan, .infinity] {
      for member in 0...1 {
        var all = good
        all[member][7] = bad
        #expect(complaint(short, all[0], all[1]).contains("Logit 7"))
        #expect(complaint(short, all[0], all[1]) == complaint(long, all[0], all[1]))
      }
    }
    let nothing = [Float](repeating: -.infinity, count: vocabularies[0].count)
    #expect(complaint(short, nothing, good[1]).contains("−∞"))
    #expect(complaint(short, nothing, good[1]) == complaint(long, nothing, good[1]))
    // Logits that do not fit the alignment.
    #expect(complaint(short, Array(good[0].dropLast()), good[1]) == complaint(long, Array(good[0].dropLast()), good[1]))
    // Weights that are none.
    var (one, other) = (short, long)
    (one.weights, other.weights) = ([0.9, 0.9], [0.9, 0.9])
    #expect(complaint(one, good[0], good[1]).contains("add up to"))
    #expect(complaint(one, good[0], good[1]) == complaint(other, good[0], good[1]))
  }
}
