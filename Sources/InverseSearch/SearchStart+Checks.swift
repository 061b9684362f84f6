internal import LinearAlgebra
internal import RelativeSpace

extension SearchStart {
  /// The least loss that single precision can tell from zero: both distributions add up to one to within about this
  /// much.
  static let resolution = 2 * Float.ulpOfOne

  /// Checks that a search is possible.
  static func check(logits: [Float], target: [Float], alignment: any TokenAlignment) throws {
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
  }

  /// Checks the rate and the number of steps.
  static func check(rate: Float, steps: Int) throws {
    guard rate.isFinite, rate >= 0, steps >= 0 else {
      throw InverseSearchError(
        .invalidOption, "A search cannot take \(steps) steps at the rate \(rate)",
        remedy: "Use a finite rate and a number of steps that are zero or larger."
      )
    }
  }

  /// The softmax of the main model's logits, with the errors of a search.
  static func softmax(of logits: [Float]) throws -> [Float] {
    do {
      return try LinearAlgebra.softmax(logits)
    } catch let error as LinearAlgebraError {
      throw InverseSearchError(
        .invalidLogits, error.description,
        remedy: "The main model must give a finite logit to at least one token, and neither NaN nor +∞ to any."
      )
    }
  }

  /// The loss at the start, which is finite where the alignment's numbers are.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidAlignment`.
  func checked(_ loss: Float) throws -> Float {
    guard !loss.isFinite else { return loss }
    let relative = relative
    let anchor = relative.firstIndex { !$0.isFinite } ?? 0
    throw InverseSearchError(
      .invalidAlignment, "The main model's alignment gives \(relative[anchor]) at anchor \(anchor)",
      remedy: "Check the embeddings or the file that it was built from: every row is a distribution.")
  }

  /// An error for a search that has left the range of finite numbers: caused by the alignment's own numbers, or by the
  /// step size.
  ///
  /// - Parameters:
  ///   - step: The step that led there, the first being 0.
  ///   - moves: The alignment's result for it, `[V]`.
  ///   - problem: The problem.
  ///   - remedy: The remedy where the alignment's numbers are valid.
  func failure(ofStep step: Int, moves: [Float], _ problem: String, remedy: String) -> InverseSearchError {
    guard let token = moves.firstIndex(where: { !$0.isFinite }) else {
      return InverseSearchError(.diverged, problem, remedy: remedy)
    }
    return InverseSearchError(
      .invalidAlignment,
      "The main model's alignment has a NaN or an infinity: step \(step + 1) of the search is \(moves[token]) for "
        + "token \(token)",
      remedy: "Check the embeddings or the file that it was built from: every row is a distribution.")
  }
}
