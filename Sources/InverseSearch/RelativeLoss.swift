import LinearAlgebra
import RelativeSpace

/// The loss that searches lower: KL(r̄ ‖ q) for q = p·R̂.
struct RelativeLoss {
  let target: [Float]
  let alignment: any TokenAlignment

  /// Checks that a search is possible.
  init(logits: [Float], target: [Float], alignment: any TokenAlignment) throws {
    guard logits.count == alignment.vocabularyCount else {
      throw InverseSearchError(
        .lengthMismatch, "There are \(logits.count) logits for an alignment of \(alignment.vocabularyCount) tokens",
        remedy: "Search with the main model's logits through the main model's alignment."
      )
    }
    guard target.count == alignment.anchorCount else {
      throw InverseSearchError(
        .lengthMismatch, "The target has \(target.count) anchors, the alignment \(alignment.anchorCount)",
        remedy: "Align all members with the same anchors."
      )
    }
    if let anchor = firstImprobable(in: target) {
      let value = target[anchor]
      throw InverseSearchError(
        .invalidTarget, "The target is \(value) at anchor \(anchor), which is no probability",
        remedy: "Check the members' logits and alignments for NaN and infinities."
      )
    }
    guard target.contains(where: { $0 > 0 }) else {
      throw InverseSearchError(
        .invalidTarget, "The target is zero at every anchor",
        remedy: "Check that the members' alignments have rows that add up to one."
      )
    }
    self.target = target
    self.alignment = alignment
  }

  /// Checks how far a search goes.
  static func check(rate: Float, steps: Int) throws {
    guard rate.isFinite, rate >= 0, steps >= 0 else {
      throw InverseSearchError(
        .invalidOption, "A search cannot take \(steps) steps at the rate \(rate)",
        remedy: "Use a finite rate and a number of steps that are zero or larger."
      )
    }
  }

  /// The loss where a search starts, which is a number where the alignment's numbers are.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidAlignment`.
  func checked(_ loss: Float, at start: SearchStart) throws -> Float {
    guard !loss.isFinite else { return loss }
    let relative = start.relative ?? alignment.project(start.probabilities)
    let anchor = relative.firstIndex { !$0.isFinite } ?? 0
    throw InverseSearchError(
      .invalidAlignment, "The main model's alignment gives \(relative[anchor]) at anchor \(anchor)",
      remedy: "Check the embeddings or the file that it was made of: every row is a distribution.")
  }

  /// Why a search ended where there are no numbers: the alignment's own numbers, or how far the search went.
  ///
  /// - Parameters:
  ///   - step: The step that led there, the first being 0.
  ///   - moves: What the alignment gave for it, `[V]`.
  ///   - problem: What is wrong there.
  ///   - remedy: What to do where the alignment's numbers are sound.
  func failure(ofStep step: Int, moves: [Float], _ problem: String, remedy: String) -> InverseSearchError {
    guard let token = moves.firstIndex(where: { !$0.isFinite }) else {
      return InverseSearchError(.diverged, problem, remedy: remedy)
    }
    return InverseSearchError(
      .invalidAlignment,
      "The main model's alignment has a NaN or an infinity: step \(step + 1) of the search is \(moves[token]) for token \(token)",
      remedy: "Check the embeddings or the file that it was made of: every row is a distribution.")
  }

  /// A start of which only the logits are known, with the errors of a search.
  func start(from logits: [Float]) throws -> SearchStart {
    do {
      return SearchStart(logits: logits, probabilities: try softmax(logits), relative: nil)
    } catch let error as LinearAlgebraError {
      throw InverseSearchError(
        .invalidLogits, error.description,
        remedy: "The main model must give a finite logit to at least one token, and neither NaN nor +∞ to any."
      )
    }
  }

  /// A loss that single precision cannot tell from zero: both distributions add up to one to within about this much.
  static let resolution = 2 * Float.ulpOfOne

  /// KL(r̄ ‖ q) = Σ r̄·log(r̄/q) for a relative distribution q, `[A]`.
  func value(at relative: [Float]) -> Float {
    Float(klDivergence(target, relative, floor: RelativeDivergence.floor))
  }

  /// KL(r̄ ‖ p·R̂) for a distribution p, `[V]`.
  func value(of distribution: [Float]) -> Float { alignment.loss(of: distribution, toward: target) }

  /// KL(r̄ ‖ p·R̂) where a search starts.
  func value(at start: SearchStart) -> Float {
    start.relative.map(value(at:)) ?? value(of: start.probabilities)
  }

  /// KL(r̄ ‖ p·R̂) and its gradient where a search starts.
  func divergence(at start: SearchStart) -> RelativeDivergence {
    start.relative.map { alignment.divergence(ofProjected: $0, toward: target) } ?? divergence(of: start.probabilities)
  }

  /// KL(r̄ ‖ p·R̂) and its gradient for a distribution p, `[V]`.
  func divergence(of distribution: [Float]) -> RelativeDivergence {
    alignment.divergence(of: distribution, toward: target)
  }
}
