import LinearAlgebra
import Testing

/// Steps of AdamW against the formulas in double precision.
struct AdamWMomentsTests {
  @Test(arguments: [1, 5, 16, 17, 100])
  func stepsFollowTheFormulas(count: Int) throws {
    let (rate, decay, beta1, beta2, epsilon) = (0.15, 0.01, 0.9, 0.999, 1e-8)
    var logits = randomFloats(count, in: -4...4, seed: 1)
    var exact = logits.map(Double.init)
    var (means, squares) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    var moments = AdamWMoments(count: count)
    for step in 0..<6 {
      let p = try softmax(logits)
      let slopes = randomFloats(count, in: -1...1, seed: UInt64(10 + step))
      moments.take(
        AdamWMoments.Step(
          step, rate: Float(rate), weightDecay: Float(decay), meanDecay: Float(beta1), squareDecay: Float(beta2),
          epsilon: Float(epsilon)),
        from: &logits, softmax: p, gradient: slopes, factor: 0.5)
      let centre = zip(p, slopes).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      for i in 0..<count {
        let gradient = Double(p[i]) * (Double(slopes[i]) - centre) * 0.5
        means[i] = beta1 * means[i] + (1 - beta1) * gradient
        squares[i] = beta2 * squares[i] + (1 - beta2) * gradient * gradient
        let mean = means[i] / (1 - power(beta1, step + 1)), square = squares[i] / (1 - power(beta2, step + 1))
        exact[i] = exact[i] * (1 - rate * decay) - rate * mean / (square.squareRoot() + epsilon)
      }
      for (found, wanted) in zip(logits, exact) { #expect(abs(Double(found) - wanted) < 1e-4) }
      exact = logits.map(Double.init)
    }
  }

  @Test func aGradientOfZerosOnlyShrinks() {
    var (logits, moments) = ([1, -2, 3] as [Float], AdamWMoments(count: 3))
    let step = AdamWMoments.Step(0, rate: 0.5, weightDecay: 0.1, meanDecay: 0.9, squareDecay: 0.999, epsilon: 1e-8)
    moments.take(step, from: &logits, softmax: [0.2, 0.3, 0.5], gradient: [0, 0, 0], factor: 1)
    for (found, wanted) in zip(logits, [0.95, -1.9, 2.85] as [Float]) { #expect(abs(found - wanted) < 1e-6) }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
