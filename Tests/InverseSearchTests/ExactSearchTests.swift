import Foundation
import LinearAlgebra
import RelativeSpace
import Testing

@testable import InverseSearch

/// The searches against their formulas, written as plain loops in double precision.
struct ExactSearchTests {
  @Test(arguments: SearchCase.all)
  func gradientStep(_ example: SearchCase) throws {
    let rate = 0.02
    let result = try GradientSearch(rate: Float(rate), steps: 1)
      .search(from: example.logits, toward: example.target, through: example.alignment)
    let p = exactSoftmax(example.logits)
    let gradient = exactGradient(example, at: p)
    // Nearest distribution by sorting, over the possible tokens.
    let possible = example.logits.indices.filter { example.logits[$0] > -.infinity }
    let expected = sortedProjection(possible.map { p[$0] - rate * gradient[$0] })
    let probabilities = try softmax(result.logits)
    for (index, token) in possible.enumerated() {
      #expect(abs(Double(probabilities[token]) - expected[index]) < 1e-5)
    }
  }

  @Test(arguments: SearchCase.all)
  func adamWStep(_ example: SearchCase) throws {
    let result = try AdamWSearch(rate: 0.2, steps: 1)
      .search(from: example.logits, toward: example.target, through: example.alignment)
    let p = exactSoftmax(example.logits)
    let gradient = exactGradient(example, at: p)
    let mean = zip(p, gradient).reduce(0) { $0 + $1.0 * $1.1 }
    for token in p.indices where example.logits[token] > -.infinity {
      let slope = p[token] * (gradient[token] - mean) / Double(example.target.count)
      // The first step of Adam: both corrected moments are the gradient itself.
      let expected = Double(example.logits[token]) * (1 - 0.2 * 0.01) - 0.2 * slope / (abs(slope) + 1e-8)
      // Where the gradient is no larger than rounding, its direction is rounding too.
      if abs(slope) > 1e-6 { #expect(abs(Double(result.logits[token]) - expected) < 5e-3) }
    }
  }

  @Test func ratesFallAlongTheCosine() {
    let search = AdamWSearch(rate: 0.4, steps: 12)
    #expect(search.rate(atStep: 0) == 0.4)
    #expect(abs(search.rate(atStep: 5) - 0.25) < 1e-7)
    #expect(abs(search.rate(atStep: 10) - 0.1) < 1e-7)
    #expect(search.rate(atStep: 11) > search.rate(atStep: 10))
  }

  @Test(arguments: 0..<30)
  func nearestDistribution(_ seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    let width = [0.1, 1, 1000][seed % 3]
    let numbers = (0..<Int.random(in: 1...80, using: &generator)).map { _ in
      Double.random(in: -width...width, using: &generator)
    }
    var result = numbers
    projectOntoSimplex(&result)
    #expect(abs(result.reduce(0, +) - 1) < 1e-9)
    for (actual, expected) in zip(result, sortedProjection(numbers)) { #expect(abs(actual - expected) < 1e-9) }
    let once = result
    projectOntoSimplex(&result)
    for (actual, expected) in zip(result, once) { #expect(abs(actual - expected) < 1e-12) }
  }

  @Test func anchorsThatTheMainModelCannotReach() throws {
    // Token 0 reaches anchor 0 only; the target wants anchor 1, which only an excluded token reaches.
    let alignment = DenseAlignment(known: Matrix(rows: 2, columns: 2, known: [1, 0, 0, 1]))
    for search in [AdamWSearch(rate: 0.1, steps: 3), GradientSearch(rate: 0.1, steps: 3)] as [any InverseSearch] {
      let result = try search.search(from: [2, -.infinity], toward: [0.25, 0.75], through: alignment)
      #expect(result.logits[1] == -.infinity)
      #expect(result.logits[0].isFinite)
      #expect(result.losses.allSatisfy { $0.isFinite })
    }
  }

  private func exactSoftmax(_ logits: [Float]) -> [Double] {
    let largest = logits.reduce(-Double.infinity) { max($0, Double($1)) }
    let exponentials = logits.map { exp(Double($0) - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  /// ∂KL/∂p as the paper has it: −Σₐ R̂[w,a]·r̄[a]/q[a].
  private func exactGradient(_ example: SearchCase, at p: [Double]) -> [Double] {
    let matrix = example.alignment.matrix
    let q = (0..<matrix.columns).map { anchor in
      p.indices.reduce(0) { $0 + p[$1] * Double(matrix[$1, anchor]) }
    }
    return p.indices.map { token in
      -q.indices.reduce(0) { $0 + Double(matrix[token, $1]) * Double(example.target[$1]) / q[$1] }
    }
  }

  /// The textbook projection onto the simplex, by sorting.
  private func sortedProjection(_ numbers: [Double]) -> [Double] {
    var sum = 0.0
    var threshold = 0.0
    for (index, number) in numbers.sorted(by: >).enumerated() {
      sum += number
      let candidate = (sum - 1) / Double(index + 1)
      if number > candidate { threshold = candidate }
    }
    return numbers.map { max($0 - threshold, 0) }
  }
}
