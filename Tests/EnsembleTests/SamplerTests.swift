import Testing

@testable import Ensemble

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
  @Test func filtersKeepWhatTheySay() throws {
    #expect(try drawn(Sampling(seed: 3)) == [0, 1, 2, 3])
    #expect(try drawn(Sampling(topK: 2, seed: 3)) == [0, 1])
    #expect(try drawn(Sampling(topP: 0.64, seed: 3)) == [0])
    #expect(try drawn(Sampling(topP: 0.9, seed: 3)) == [0, 1, 2])
    #expect(try drawn(Sampling(minP: 0.1, seed: 3)) == [0, 1, 2])
    #expect(try drawn(Sampling(topK: 3, topP: 0.85, minP: 0.3, seed: 3)) == [0, 1])
  }

  @Test(arguments: [
    GenerationOptions(maximumTokens: 0), GenerationOptions(candidateCount: -1), GenerationOptions(stop: [""]),
    GenerationOptions(sampling: Sampling(temperature: -1)), GenerationOptions(sampling: Sampling(temperature: .nan)),
    GenerationOptions(sampling: Sampling(topK: 0)), GenerationOptions(sampling: Sampling(topP: 0)),
    GenerationOptions(sampling: Sampling(topP: 1.5)), GenerationOptions(sampling: Sampling(minP: -0.1)),
  ])
  func optionsThatCannotBeUsedAreNamed(_ options: GenerationOptions) {
    let error = #expect(throws: EnsembleError.self) { try options.validate() }
    #expect(error?.code == .invalidOptions)
  }
}
