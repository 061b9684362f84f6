import LinearAlgebra

/// The choice of a step's tokens that have whole rows, and of their precision.
///
/// The error of p·R̂ is estimated as the root of Σ (p_w·‖error of row w‖₁)²: rows err independently of each other.
/// Tokens whose errors contribute most get whole rows until the others' errors are tolerable; rows that must be
/// computed are refined, the worst one first, until all errors together are tolerable.
///
/// The choice depends on probabilities alone, not on the cache: a step's result does not depend on the steps before it.
struct WholeRowPlan {
  /// A token that has a whole row.
  struct Choice {
    /// Its index among the step's tokens.
    var index: Int
    /// The precision of its row; `nil` where it is stored from the start.
    var grade: ComputedRowGrade?
    /// The row's L1 distance from the exact one.
    var error: Float
  }

  private(set) var choices: [Choice] = []

  /// The share of the squared tolerance for tokens without whole rows.
  private static let factoredShare = 0.7
  /// The maximum number of tokens with rows of their own in one step, those whose errors contribute most: each adds one
  /// row to every pass.
  private static let consideredRows = 24

  /// Chooses the rows.
  ///
  /// - Parameters:
  ///   - probabilities: The tokens' probabilities.
  ///   - errors: The L1 distance of each token's factored row from the exact one.
  ///   - keptError: The error of the whole row at an index, where one is stored from the start.
  ///   - computedError: The error of a computed row.
  init(
    probabilities: [Float], errors: [Float], precision: NarrowingPrecision, keptError: (_ index: Int) -> Float?,
    computedError: (_ index: Int, _ grade: ComputedRowGrade) -> Float
  ) {
    let weighted = zip(probabilities, errors).map { $0 * $1 }
    var factored = weighted.reduce(0.0) { $0 + Double($1) * Double($1) }
    let tolerable = Double(precision.tolerance) * Double(precision.tolerance)
    guard factored > tolerable else { return }
    var computed = 0
    for index in topK(Self.consideredRows, of: weighted) where factored > Self.factoredShare * tolerable {
      if let error = keptError(index) {
        choices.append(Choice(index: index, grade: nil, error: error))
      } else if computed < precision.newRows {
        computed += 1
        choices.append(Choice(index: index, grade: .coarse, error: computedError(index, .coarse)))
      } else {
        continue
      }
      factored -= Double(weighted[index]) * Double(weighted[index])
    }
    refine(to: max(tolerable - factored, (1 - Self.factoredShare) * tolerable), probabilities, computedError)
  }

  /// Refines rows, the one whose error contributes most first, until their squared errors are tolerable.
  private mutating func refine(
    to tolerable: Double, _ probabilities: [Float], _ computedError: (_ index: Int, _ grade: ComputedRowGrade) -> Float
  ) {
    func weight(_ choice: Choice) -> Double {
      let error = Double(probabilities[choice.index]) * Double(choice.error)
      return error * error
    }
    while choices.reduce(0.0, { $0 + weight($1) }) > tolerable {
      let refinable = choices.indices.filter { choices[$0].grade?.finer != nil }
      guard let worst = refinable.max(by: { weight(choices[$0]) < weight(choices[$1]) }),
        let finer = choices[worst].grade?.finer
      else { return }
      choices[worst].grade = finer
      choices[worst].error = computedError(choices[worst].index, finer)
    }
  }
}
