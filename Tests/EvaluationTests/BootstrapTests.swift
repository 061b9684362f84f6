import Evaluation
import Testing

@Suite struct BootstrapTests {
  @Test func agreesWithTheBinomialOnManyItems() throws {
    let values = (0..<4000).map { $0 % 10 < 3 ? 1.0 : 0.0 }
    let estimate = try #require(Bootstrap().mean(values))
    let half = 1.96 * (0.3 * 0.7 / 4000).squareRoot()
    #expect(abs(estimate.value - 0.3) < 1e-12)
    #expect(abs(estimate.low - (0.3 - half)) < 0.1 * half && abs(estimate.high - (0.3 + half)) < 0.1 * half)
  }

  @Test func aRowDoesNotDifferFromItself() throws {
    let values = (0..<50).map { Double($0 % 3) }
    let estimate = try #require(Bootstrap().difference(values, values))
    #expect(estimate.value == 0 && estimate.low == 0 && estimate.high == 0 && estimate.shareNotPositive == 1)
  }

  @Test func pairingTakesOutWhatBothFindHard() throws {
    // One item in ten is right for the second row alone; four in ten for both.
    let one = (0..<500).map { $0 % 10 < 5 ? 1.0 : 0.0 }
    let other = (0..<500).map { $0 % 10 < 4 ? 1.0 : 0.0 }
    let paired = try #require(Bootstrap().difference(one, other))
    let half = 1.96 * (0.1 * 0.9 / 500).squareRoot()
    #expect(abs(paired.value - 0.1) < 1e-12)
    #expect(abs(paired.high - paired.low - 2 * half) < 0.4 * half)
    #expect(paired.shareNotPositive == 0)
  }

  @Test func theSameSeedGivesTheSameInterval() {
    let values = (0..<40).map { Double($0 % 7) }
    #expect(Bootstrap(seed: 5).mean(values) == Bootstrap(seed: 5).mean(values))
    #expect(Bootstrap(resamples: 20, seed: 5).mean(values) != Bootstrap(resamples: 20, seed: 6).mean(values))
  }

  @Test func edges() throws {
    #expect(Bootstrap().mean([]) == nil)
    #expect(Bootstrap().ratio([1, 2], [0, 0]) == nil)
    let one = try #require(Bootstrap().mean([0.25]))
    #expect(one.low == 0.25 && one.high == 0.25)
    let ratio = try #require(Bootstrap().ratio([3, 1], [1, 3]))
    #expect(ratio.value == 1 && ratio.low >= 1 / 3 && ratio.high <= 3)
  }
}
