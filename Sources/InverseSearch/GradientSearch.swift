internal import LinearAlgebra
internal import RelativeSpace

/// The search as the paper writes it: plain gradient steps p ← p − η·∂KL(r̄ ‖ p·R̂)/∂p on the distribution itself.
///
/// A step may leave the probability simplex; it is then replaced by the nearest distribution (Euclidean projection).
/// The result is given as logits log p′, −∞ for tokens of probability zero (arXiv 2404.12715).
///
/// The loss curves as 1/q where a relative probability q is small, so a rate that is not small overshoots there. Once
/// the loss is down to single precision's rounding the distribution is left unchanged: a step would magnify the
/// rounding.
public struct GradientSearch: InverseSearch, Hashable {
  /// η, the step size along the gradient.
  public var rate: Float
  /// T, the number of steps.
  public var steps: Int

  /// Creates a search.
  ///
  /// With the rate or the number of steps zero, or a target that the main model already meets, the search returns the
  /// main model's logits unchanged.
  public init(rate: Float = 0.01, steps: Int = 5) {
    self.rate = rate
    self.steps = steps
  }

  /// "gradient" with η and T.
  public var name: String { "gradient, η \(rate), T \(steps)" }

  /// Checks η and T.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidOption`.
  public func validate() throws { try SearchStart.check(rate: rate, steps: steps) }

  /// Takes T steps from the main model's distribution.
  ///
  /// - Throws: ``InverseSearchError``.
  /// - Complexity: O(T·V·A) with a dense alignment.
  public func search(_ start: SearchStart) throws -> SearchResult {
    try validate()
    var probabilities = start.probabilities
    var divergence = try start.divergence()
    var losses = [divergence.loss]
    if rate == 0 || steps == 0 || losses[0] <= SearchStart.resolution {
      return SearchResult(
        logits: start.logits, losses: Array(repeating: losses[0], count: steps + 1), probabilities: probabilities)
    }
    let possible = start.logits.indices.filter { start.logits[$0] > -.infinity }
    for step in 0..<steps {
      try Task.checkCancellation()
      if losses[step] <= SearchStart.resolution {
        losses.append(losses[step])
        continue
      }
      let gradient = divergence.gradient
      var moved = possible.map { Double(probabilities[$0]) - Double(rate) * Double(gradient[$0]) }
      guard moved.allSatisfy(\.isFinite) else {
        throw start.failure(
          ofStep: step, moves: gradient, "Step \(step + 1) of the search leads out of the finite numbers",
          remedy: "Use a lower rate.")
      }
      projectOntoSimplex(&moved)
      for (index, token) in possible.enumerated() { probabilities[token] = Float(moved[index]) }
      divergence = start.divergence(of: probabilities)
      losses.append(divergence.loss)
    }
    return SearchResult(logits: logarithms(of: probabilities), losses: losses, probabilities: probabilities)
  }
}

/// Replaces numbers by the nearest distribution: max(xᵢ − θ, 0) for the θ that gives the sum one.
///
/// Numbers that θ takes below zero are left out, θ is computed from the others, and so on until none is left out
/// (Michelot, doi:10.1007/BF00938486).
///
/// - Precondition: There is a number, and all are finite.
/// - Complexity: O(n) per round; few rounds in practice, at most n.
func projectOntoSimplex(_ x: inout [Double]) {
  // Relative to the largest number, so that huge numbers lose no digits of their differences.
  let largest = x.reduce(-.infinity, max)
  var sum = 0.0
  for index in x.indices {
    x[index] -= largest
    sum += x[index]
  }
  var kept = x.count
  var threshold = (sum - 1) / Double(kept)
  while true {
    var remaining = 0.0
    var count = 0
    for value in x where value > threshold {
      remaining += value
      count += 1
    }
    guard count < kept, count > 0 else { break }
    kept = count
    threshold = (remaining - 1) / Double(count)
  }
  for index in x.indices { x[index] = max(x[index] - threshold, 0) }
}
