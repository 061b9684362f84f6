import LinearAlgebra
import ModelBackends
import Testing

@testable import Ensembling

@Suite struct SamplerTests {
  private let logits: [Float] = [1, 3, -.infinity, 3, 0]

  @Test func greedyTakesTheLikeliestAndOfEqualsTheFirst() throws {
    var sampler = Sampler(.greedy)
    #expect(try sampler.choose(from: logits) == 1)
  }

  @Test func theSameSeedChoosesTheSame() throws {
    var first = Sampler(Sampling(temperature: 1, seed: 7))
    var second = Sampler(Sampling(temperature: 1, seed: 7))
    for _ in 0..<100 { #expect(try first.choose(from: logits) == second.choose(from: logits)) }
  }

  @Test func tokensAreDrawnAsOftenAsTheyAreLikely() throws {
    var sampler = Sampler(Sampling(temperature: 1, seed: 1))
    var counts = [0, 0, 0]
    for _ in 0..<20_000 { counts[try sampler.choose(from: [0, 1, -.infinity])] += 1 }
    #expect(counts[2] == 0)
    #expect(abs(Double(counts[1]) / 20_000 - 0.7311) < 0.015)
  }

  @Test func aLowTemperatureSharpens() throws {
    var sampler = Sampler(Sampling(temperature: 0.05, seed: 1))
    for _ in 0..<200 { #expect(try sampler.choose(from: [0, 1, 2]) == 2) }
  }

  @Test func theLowestTemperatureStillChooses() throws {
    var sampler = Sampler(Sampling(temperature: .leastNormalMagnitude, seed: 1))
    #expect(try sampler.choose(from: [20, 30, -.infinity]) == 1)
  }

  private func drawn(_ sampling: Sampling) throws -> Set<Int> {
    var sampler = Sampler(sampling)
    return try Set((0..<2_000).map { _ in try sampler.choose(from: [2, 1, 0, -1]) })
  }

  // The shares are 0.644, 0.237, 0.087 and 0.032.
  @Test func filtersKeepTheirShare() throws {
    #expect(try drawn(Sampling(seed: 3)) == [0, 1, 2, 3])
    #expect(try drawn(Sampling(topK: 2, seed: 3)) == [0, 1])
    #expect(try drawn(Sampling(topP: 0.64, seed: 3)) == [0])
    #expect(try drawn(Sampling(topP: 0.9, seed: 3)) == [0, 1, 2])
    #expect(try drawn(Sampling(minP: 0.1, seed: 3)) == [0, 1, 2])
    #expect(try drawn(Sampling(topK: 3, topP: 0.85, minP: 0.3, seed: 3)) == [0, 1])
  }

  /// Filters and temperatures, all of them on distributions that are peaked, flat, full of ties or partly excluded.
  static let samplings: [Sampling] = [
    Sampling(), Sampling(temperature: 0.3), Sampling(temperature: 4), Sampling(topK: 1), Sampling(topK: 7),
    Sampling(topK: 5000), Sampling(topP: 0.2), Sampling(topP: 0.95), Sampling(topP: 1), Sampling(topP: 1e-9),
    Sampling(minP: 0), Sampling(minP: 0.02), Sampling(minP: 1), Sampling(topK: 40, topP: 0.5),
    Sampling(temperature: 0.7, topK: 40, topP: 0.9, minP: 0.05), Sampling(topP: 0.8, minP: 0.01),
  ]

  @Test(arguments: samplings) func choosesWhatSortingTheWholeVocabularyWouldChoose(_ sampling: Sampling) throws {
    var random = SplitMix64(seed: 11)
    for (count, width) in [(1, Float(1)), (5, 3), (300, 2), (6000, 0.5), (6000, 12)] {
      for ties in [false, true] {
        let logits = (0..<count).map { index -> Float in
          if index > 0, Int.random(in: 0..<4, using: &random) == 0 { return -.infinity }
          let logit = Float.random(in: -width...width, using: &random)
          return ties ? logit.rounded() : logit
        }
        var seeded = sampling
        seeded.seed = UInt64(count)
        var sampler = Sampler(seeded)
        var numbers = SplitMix64(seed: UInt64(count))
        for _ in 0..<12 {
          let share = Double.random(in: 0..<1, using: &numbers)
          #expect(try sampler.choose(from: logits) == sorted(logits, sampling, at: share))
        }
      }
    }
  }

  /// The token at a quantile of the filtered distribution, by sorting everything.
  private func sorted(_ logits: [Float], _ sampling: Sampling, at share: Double) throws -> TokenID {
    let peak = try finiteMaximum(of: logits)
    let distribution = try softmax(logits.map { ($0 - peak) / sampling.temperature })
    var kept = distribution.indices.filter { distribution[$0] > 0 }
    kept.sort { (distribution[$1], $0) < (distribution[$0], $1) }
    func sum(_ tokens: [TokenID]) -> Double { tokens.reduce(0) { $0 + Double(distribution[$1]) } }
    if let topK = sampling.topK { kept = Array(kept.prefix(topK)) }
    if let topP = sampling.topP {
      var left = Double(topP) * sum(kept)
      let last = kept.firstIndex {
        left -= Double(distribution[$0])
        return left <= 0
      }
      kept = Array(kept[...(last ?? kept.count - 1)])
    }
    if let minP = sampling.minP { kept = kept.filter { distribution[$0] >= minP * distribution[kept[0]] } }
    var left = share * sum(kept)
    return kept.first {
      left -= Double(distribution[$0])
      return left < 0
    } ?? kept[kept.count - 1]
  }

  @Test(arguments: [
    ResponseOptions(maximumTokens: 0), ResponseOptions(candidateCount: -1), ResponseOptions(stop: [""]),
    ResponseOptions(sampling: Sampling(temperature: -1)), ResponseOptions(sampling: Sampling(temperature: .nan)),
    ResponseOptions(sampling: Sampling(topK: 0)), ResponseOptions(sampling: Sampling(topP: 0)),
    ResponseOptions(sampling: Sampling(topP: 1.5)), ResponseOptions(sampling: Sampling(minP: -0.1)),
  ])
  func optionsThatCannotBeUsedAreNamed(_ options: ResponseOptions) {
    let error = #expect(throws: EnsembleError.self) { try options.validate() }
    #expect(error?.code == .invalidOptions)
  }
}

extension Sampler {
  fileprivate mutating func choose(from logits: [Float]) throws -> TokenID {
    try choose(from: logits, peak: Peak(of: logits))
  }
}
