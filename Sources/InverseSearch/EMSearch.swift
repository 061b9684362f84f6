internal import LinearAlgebra
internal import RelativeSpace

/// Expectation–maximisation: p_w ← p_w·(Σ_a R̂[w,a]·r̄[a] / (p·R̂)[a])^γ, normalised to a distribution (Richardson
/// 1972, doi:10.1364/JOSA.62.000055; Lucy 1974, doi:10.1086/111605, with the exponent γ added).
///
/// There is no step size that could be too large. For γ from 0 to 1 every step lowers KL(r̄ ‖ p·R̂) or leaves it
/// unchanged: the step with γ = 1 minimises an upper bound, and a smaller γ goes part of the way there on the curve
/// p^(1−γ)·p_EM^γ, along which the bound falls.
///
/// - With rows that have a single one (`BytePrefixAlignment`), one step with γ = 1 is the exact answer: p·R̂ = r̄, and
///   the tokens of one anchor keep their proportions.
/// - With cosine rows γ = 1 goes too far: it follows every error of the rows, and the published search, a bounded
///   change, does better. Choose γ well below 1 there, on texts of your own.
///
/// Where the target has mass at an anchor that no possible token leads to, that mass is left out and the rest is
/// normalised.
public struct EMSearch: InverseSearch, Hashable {
  /// T, the number of steps.
  public var steps: Int
  /// γ, the exponent of a step: 1 for a full step, 0 for none.
  public var exponent: Float

  /// Creates a search.
  ///
  /// With the exponent or the number of steps zero, or a target that the main model already meets, the search returns
  /// the main model's logits unchanged.
  public init(steps: Int = 1, exponent: Float = 1) {
    self.steps = steps
    self.exponent = exponent
  }

  /// "EM" with the settings.
  public var name: String { exponent == 1 ? "EM, T \(steps)" : "EM, T \(steps), γ \(exponent)" }

  /// Takes T steps from the main model's distribution.
  ///
  /// - Throws: ``InverseSearchError``, also where no possible token leads to any anchor of the target.
  /// - Complexity: O(T·V) with one-hot rows, O(T·V·A) with a dense alignment.
  public func search(_ start: SearchStart) throws -> SearchResult {
    try validate()
    let alignment = start.alignment
    var (logits, probabilities, relative) = (start.logits, start.probabilities, start.relative)
    var losses = [try start.checked(start.loss(ofProjected: relative))]
    if exponent == 0 || steps == 0 || losses[0] <= SearchStart.resolution {
      return SearchResult(
        logits: logits, losses: Array(repeating: losses[0], count: steps + 1), probabilities: probabilities)
    }
    for step in 0..<steps {
      try Task.checkCancellation()
      let factors = alignment.pullBack(Ratios(of: start.target, to: relative).values)
      addLogarithms(of: factors, times: exponent, to: &logits)
      do {
        probabilities = try softmax(logits)
      } catch {
        throw start.failure(
          ofStep: step, moves: factors, "After step \(step + 1) of the search no token is left: \(error)",
          remedy: "The target lies where none of the main model's tokens leads; give the main model a weight above 0.")
      }
      relative = alignment.project(probabilities)
      losses.append(start.loss(ofProjected: relative))
    }
    return SearchResult(logits: logits, losses: losses, probabilities: probabilities)
  }

  /// Checks T and γ.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidOption`.
  public func validate() throws {
    guard steps >= 0, (0...1).contains(exponent) else {
      throw InverseSearchError(
        .invalidOption, "A search cannot take \(steps) steps with the exponent \(exponent)",
        remedy: "Use 0 steps or more, and an exponent from 0 to 1.")
    }
  }
}
