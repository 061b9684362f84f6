import Foundation
import Fusion
import InverseSearch
import LinearAlgebra
import RelativeSpace
import Testing

/// A random main model: logits, an alignment whose rows are distributions, and a target.
struct SearchCase: CustomTestStringConvertible, Sendable {
  var logits: [Float]
  var alignment: DenseAlignment
  var target: [Float]
  var testDescription: String { "V \(alignment.vocabularyCount), A \(alignment.anchorCount)" }

  static let all = (0..<24).map { SearchCase(seed: $0) }

  init(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let vocabulary = seed % 6 == 0 ? 1 : Int.random(in: 2...40, using: &generator)
    let anchors = seed % 6 == 1 ? 1 : Int.random(in: 2...30, using: &generator)
    func numbers(_ count: Int, _ width: Float) -> [Float] {
      (0..<count).map { _ in Float.random(in: -width...width, using: &generator) }
    }
    func distribution(_ count: Int) -> [Float] {
      guard let result = try? softmax(numbers(count, 4)) else { preconditionFailure("Finite numbers have a softmax.") }
      return result
    }
    logits = numbers(vocabulary, 6)
    alignment = DenseAlignment(
      known: Matrix(
        rows: vocabulary, columns: anchors, known: (0..<vocabulary).flatMap { _ in distribution(anchors) }))
    target = distribution(anchors)
    // Some tokens are impossible.
    for token in logits.indices.dropFirst() where Int.random(in: 0..<8, using: &generator) == 0 {
      logits[token] = -.infinity
    }
  }

  var ownRelative: [Float] {
    get throws { alignment.project(try softmax(logits)) }
  }
}

struct SearchPropertyTests {
  static let searches: [any InverseSearch] = [
    AdamWSearch(rate: 0.15, steps: 5), AdamWSearch(rate: 0.1, steps: 23), GradientSearch(rate: 0.01, steps: 5),
    GradientSearch(rate: 3, steps: 4),
  ]

  @Test(arguments: SearchCase.all)
  func noRateOrNoStepsIsTheMainModel(_ example: SearchCase) throws {
    let still: [any InverseSearch] = [
      AdamWSearch(rate: 0, steps: 4), AdamWSearch(rate: 0.2, steps: 0), GradientSearch(rate: 0, steps: 4),
      GradientSearch(rate: 0.2, steps: 0),
    ]
    for search in still {
      let result = try search.search(from: example.logits, toward: example.target, through: example.alignment)
      #expect(result.logits.map(\.bitPattern) == example.logits.map(\.bitPattern))
      #expect(Set(result.losses).count == 1)
    }
    let result = try AdamWSearch(rate: 0, steps: 4)
      .search(from: example.logits, toward: example.target, through: example.alignment)
    #expect(result.losses.count == 5)
  }

  @Test(arguments: SearchCase.all)
  func aModelFusedWithItselfStaysItself(_ example: SearchCase) throws {
    let own = try example.ownRelative
    let fused = try MeanFusion().fuse([own, example.target], weights: [1, 0])
    #expect(fused == own)
    // Without weight decay the gradient is exactly zero, so nothing moves at all.
    let still = try AdamWSearch(rate: 0.3, steps: 7, weightDecay: 0)
      .search(from: example.logits, toward: fused, through: example.alignment)
    #expect(still.logits == example.logits)
    // The published search shrinks all logits by the same factor in its first step.
    let published = try AdamWSearch(rate: 0.3, steps: 1)
      .search(from: example.logits, toward: fused, through: example.alignment)
    #expect(published.logits == example.logits.map { $0 * (1 - Float(0.3) * 0.01) })
    #expect(argMax(published.logits) == argMax(example.logits))
    // Afterwards it corrects the decay's effect, by steps that stay within their rates.
    for steps in [2, 5, 10] {
      let search = AdamWSearch(rate: 0.1, steps: steps)
      let result = try search.search(from: example.logits, toward: fused, through: example.alignment)
      #expect(largestDifference(result.logits, example.logits) <= farthest(of: search, largestLogit: 6))
    }
    // The plain search stays at its start, whatever its rate.
    for search in [GradientSearch(rate: 10, steps: 1), GradientSearch(rate: 0.5, steps: 20)] {
      let plain = try search.search(from: example.logits, toward: fused, through: example.alignment)
      #expect(plain.logits.map(\.bitPattern) == example.logits.map(\.bitPattern))
      #expect(plain.losses == Array(repeating: 0, count: search.steps + 1))
    }
  }

  @Test(arguments: SearchCase.all)
  func aSearchIsABoundedNudge(_ example: SearchCase) throws {
    for steps in [1, 5, 10] {
      let search = AdamWSearch(rate: 0.3, steps: steps)
      let result = try search.search(from: example.logits, toward: example.target, through: example.alignment)
      #expect(largestDifference(result.logits, example.logits) <= farthest(of: search, largestLogit: 6))
    }
  }

  /// The maximum distance that the first ten steps can move a logit: 1.05 rates each, and the weight decay (Method.md).
  private func farthest(of search: AdamWSearch, largestLogit: Float) -> Float {
    (0..<search.steps).reduce(0) { distance, step in
      distance + search.rate(atStep: step) * (1.05 + search.weightDecay * (largestLogit + distance))
    }
  }

  @Test(arguments: SearchCase.all)
  func excludedTokensStayExcluded(_ example: SearchCase) throws {
    for search in Self.searches {
      let result = try search.search(from: example.logits, toward: example.target, through: example.alignment)
      #expect(result.logits.count == example.logits.count)
      for (before, after) in zip(example.logits, result.logits) {
        #expect(!after.isNaN && after < .infinity)
        if before == -.infinity { #expect(after == -.infinity) }
      }
      #expect(result.losses.allSatisfy { $0.isFinite && $0 >= -1e-5 })
      #expect(abs(try softmax(result.logits).reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test(arguments: SearchCase.all)
  func smallStepsLowerTheLoss(_ example: SearchCase) throws {
    let searches: [any InverseSearch] = [
      AdamWSearch(rate: 0.01, steps: 8, weightDecay: 0), GradientSearch(rate: 1e-4, steps: 8),
    ]
    for search in searches {
      let losses = try search.search(from: example.logits, toward: example.target, through: example.alignment).losses
      #expect(losses.count == 9)
      for (before, after) in zip(losses, losses.dropFirst()) { #expect(after <= before + 2e-6) }
    }
  }

  @Test(arguments: SearchCase.all)
  func lossesAreTheDivergences(_ example: SearchCase) throws {
    for search in Self.searches {
      let result = try search.search(from: example.logits, toward: example.target, through: example.alignment)
      for (logits, loss) in [(example.logits, result.losses.first), (result.logits, result.losses.last)] {
        let relative = example.alignment.project(try softmax(logits))
        let exact = zip(example.target, relative).reduce(0) { $0 + Double($1.0) * log(Double($1.0) / Double($1.1)) }
        #expect(abs(Double(loss ?? .nan) - exact) < 1e-4)
      }
    }
  }

  @Test(arguments: SearchCase.all.prefix(8))
  func membersMayComeInAnyOrder(_ example: SearchCase) throws {
    let own = try example.ownRelative
    let one = try MeanFusion().fuse([own, example.target], weights: [0.25, 0.75])
    let other = try MeanFusion().fuse([example.target, own], weights: [0.75, 0.25])
    let search = GradientSearch(rate: 0.05, steps: 3)
    let first = try search.search(from: example.logits, toward: one, through: example.alignment)
    let second = try search.search(from: example.logits, toward: other, through: example.alignment)
    #expect(largestDifference(try softmax(first.logits), try softmax(second.logits)) < 1e-5)
  }
}
