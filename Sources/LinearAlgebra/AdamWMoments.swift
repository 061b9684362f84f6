internal import CBLASShim

/// Running means of a gradient and of its square, by which AdamW moves the logits of a softmax (Loshchilov and Hutter,
/// arXiv 1711.05101).
package struct AdamWMoments: Sendable {
  /// The constants of a step, common to all logits.
  package struct Step: Sendable {
    fileprivate let kernel: deepen_adamw_step

    /// Creates a step.
    ///
    /// - Parameters:
    ///   - number: The index of the step, the first being 0.
    ///   - rate: η.
    ///   - weightDecay: λ.
    ///   - meanDecay: β₁.
    ///   - squareDecay: β₂.
    ///   - epsilon: ε.
    package init(
      _ number: Int, rate: Float, weightDecay: Float, meanDecay: Float, squareDecay: Float, epsilon: Float
    ) {
      let meanSum = 1 - ElementaryFunctions.pow(Double(meanDecay), Double(number + 1))
      let squareSum = 1 - ElementaryFunctions.pow(Double(squareDecay), Double(number + 1))
      kernel = deepen_adamw_step(
        mean_decay: meanDecay, square_decay: squareDecay, shrink: 1 - rate * weightDecay,
        size: Float(Double(rate) / meanSum), root_correction: Float(squareSum.squareRoot()), epsilon: epsilon)
    }
  }

  private var means: [Float]
  private var squares: [Float]

  /// Creates moments of zero.
  package init(count: Int) {
    means = Array(repeating: 0, count: count)
    squares = means
  }

  /// Takes a step against the gradient with respect to the logits, factor·p·(g − Σ p·g) for the softmax p and the
  /// gradient g with respect to it.
  ///
  /// - Precondition: As many logits, probabilities and slopes as moments.
  /// - Complexity: O(n).
  package mutating func take(
    _ step: Step, from logits: inout [Float], softmax p: [Float], gradient g: [Float], factor: Float
  ) {
    precondition(
      [logits.count, p.count, g.count].allSatisfy { $0 == means.count },
      "\(logits.count) logits, \(p.count) probabilities and \(g.count) slopes do not fit \(means.count) moments.")
    withUnsafePointer(to: step.kernel) { step in
      deepen_adamw(Int64(p.count), step, p, g, BLAS.dot(p, g), factor, &means, &squares, &logits)
    }
  }
}
