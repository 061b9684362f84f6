internal import LinearAlgebra

extension AdamWSearch {
  /// How far the search can take logits.
  package struct Reach {
    /// What every logit is multiplied by, by weight decay.
    package var shrink: Double
    /// How far, beside that, a logit moves at most.
    package var distance: Double
  }

  /// How far the search can take logits, whatever its target; `nil` where it has no bound.
  ///
  /// Step t moves a logit by η_t·m̂/(√v̂ + ε), with m̂ = Σ cᵢ·gᵢ and v̂ = Σ dᵢ·gᵢ² over the gradients so far. By Cauchy and
  /// Schwarz, |m̂| ≤ √(Σ cᵢ²/dᵢ)·√v̂, so that the fraction is at most √(Σ cᵢ²/dᵢ). A later step's weight decay only shrinks
  /// what earlier ones did.
  package var reach: Reach? {
    let (rate, decay) = (Double(rate), Double(weightDecay))
    guard rate >= 0, rate.isFinite, steps >= 0, decay >= 0, rate * decay <= 1, meanDecay >= 0, meanDecay < 1,
      squareDecay > 0, squareDecay < 1, annealingSteps > 0
    else { return nil }
    let (mean, square) = (Double(meanDecay), Double(squareDecay))
    var reach = Reach(shrink: 1, distance: 0)
    var sum = 0.0
    for step in 0..<steps {
      // Σ cᵢ²/dᵢ without the corrections: (1−β₁)²/(1−β₂)·Σ (β₁²/β₂)^k, k from 0 to the step.
      sum += ElementaryFunctions.pow(mean * mean / square, Double(step))
      let meanCorrection = 1 - ElementaryFunctions.pow(mean, Double(step + 1))
      let squareCorrection = 1 - ElementaryFunctions.pow(square, Double(step + 1))
      let fraction =
        (1 - mean) / (1 - square).squareRoot() * sum.squareRoot() * squareCorrection.squareRoot() / meanCorrection
      let stepRate = Double(self.rate(atStep: step))
      reach.distance += stepRate * fraction
      reach.shrink *= 1 - stepRate * decay
    }
    return reach
  }
}
