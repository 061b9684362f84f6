internal import LinearAlgebra
internal import RelativeSpace

/// The search of the published code: AdamW steps on the main model's logits z.
///
/// The loss of a step is the mean over anchors, KL(r̄ ‖ softmax(z)·R̂) / A. Its gradient is applied by AdamW
/// (Loshchilov and Hutter, arXiv 1711.05101): both moments with bias correction, and a weight decay that shrinks the
/// logits by the factor 1 − η·λ apart from the gradient. The rate falls along a cosine from η to η/4 in ten steps.
///
/// A logit moves by about the rate in a step whatever the size of its gradient, so that the whole search is a bounded
/// change.
public struct AdamWSearch: InverseSearch, Hashable {
  /// η, the rate of the first step.
  public var rate: Float
  /// T, the number of steps.
  public var steps: Int
  /// λ, the decay: every step shrinks the logits by this fraction of the rate.
  public var weightDecay: Float
  /// β₁, the decay of the gradient's running mean.
  public var meanDecay: Float
  /// β₂, the decay of the running mean of the gradient's square.
  public var squareDecay: Float
  /// ε, added to the root of the mean square.
  public var epsilon: Float
  /// The number of steps in which the rate falls to a quarter. Where there are more steps, it rises again along the
  /// same cosine.
  public var annealingSteps: Int

  /// Creates a search; the defaults are those of the published code.
  ///
  /// With the rate or the number of steps zero, the search returns the main model's logits unchanged.
  public init(
    rate: Float = 0.15, steps: Int = 5, weightDecay: Float = 0.01, meanDecay: Float = 0.9, squareDecay: Float = 0.999,
    epsilon: Float = 1e-8, annealingSteps: Int = 10
  ) {
    self.rate = rate
    self.steps = steps
    self.weightDecay = weightDecay
    self.meanDecay = meanDecay
    self.squareDecay = squareDecay
    self.epsilon = epsilon
    self.annealingSteps = annealingSteps
  }

  /// η and T.
  public var name: String { "η \(rate), T \(steps)" }

  /// The rate of step `step`, the first being 0: η/4 + ¾·η·(1 + cos(π·step/10))/2.
  package func rate(atStep step: Int) -> Float {
    let lowest = Double(rate) / 4
    let phase = Double.pi * Double(step) / Double(annealingSteps)
    return Float(lowest + (Double(rate) - lowest) * (1 + ElementaryFunctions.cos(phase)) / 2)
  }

  /// Takes T steps from the main model's logits.
  ///
  /// - Throws: ``InverseSearchError``.
  /// - Complexity: O(T·V·A) with a dense alignment.
  public func search(_ start: SearchStart) throws -> SearchResult {
    try validate()
    guard rate > 0, steps > 0 else {
      let unchanged = try start.loss()
      return SearchResult(
        logits: start.logits, losses: Array(repeating: unchanged, count: steps + 1), probabilities: start.probabilities)
    }
    var (logits, probabilities) = (start.logits, start.probabilities)
    var losses: [Float] = []
    var moments = AdamWMoments(count: logits.count)
    for step in 0..<steps {
      try Task.checkCancellation()
      let divergence = step == 0 ? try start.divergence() : start.divergence(of: probabilities)
      losses.append(divergence.loss)
      // The mean loss over anchors is the A-th part of the divergence.
      moments.take(
        settings(ofStep: step), from: &logits, softmax: probabilities, gradient: divergence.gradient,
        factor: 1 / Float(start.target.count))
      do {
        probabilities = try softmax(logits)
      } catch let error as LinearAlgebraError {
        throw start.failure(
          ofStep: step, moves: divergence.gradient, "After step \(step + 1) of the search: \(error)",
          remedy: "Use a lower rate.")
      }
    }
    losses.append(start.loss(of: probabilities))
    return SearchResult(logits: logits, losses: losses, probabilities: probabilities)
  }

  private func settings(ofStep step: Int) -> AdamWMoments.Step {
    AdamWMoments.Step(
      step, rate: rate(atStep: step), weightDecay: weightDecay, meanDecay: meanDecay, squareDecay: squareDecay,
      epsilon: epsilon)
  }

  /// Checks all settings.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidOption`.
  public func validate() throws {
    try SearchStart.check(rate: rate, steps: steps)
    let decays = (0..<1).contains(meanDecay) && (0..<1).contains(squareDecay)
    guard decays, epsilon > 0, epsilon.isFinite, weightDecay.isFinite, annealingSteps > 0 else {
      throw InverseSearchError(
        .invalidOption,
        "AdamW cannot work with β \(meanDecay) and \(squareDecay), ε \(epsilon), λ \(weightDecay), \(annealingSteps) "
          + "annealing steps",
        remedy: "Use β from 0 to below 1, a positive ε, a finite λ and at least one annealing step."
      )
    }
  }
}
