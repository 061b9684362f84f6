import LinearAlgebra

/// Which tokens of a step have whole rows, and how exact those are.
///
/// The error of p·R̂ is taken for the root of Σ (p_w·‖error of row w‖₁)²: rows err independently of each other. Tokens whose errors
/// weigh most have whole rows until most of what is tolerable is left, and those that must be made are made ever finer, the worst one first,
/// until all is tolerable together.
///
/// It depends on probabilities alone, not on what steps before it have made: what a step gives is the same in any order of steps.
struct WholeRowPlan {
  /// A token that has a whole row.
  struct Choice {
    /// Its place among the step's tokens.
    var place: Int
    /// How exactly its row is made; `nil` where it is kept from the start.
    var grade: MadeRowGrade?
    /// How far the row is from the exact one in the L1 distance.
    var error: Float
  }

  private(set) var choices: [Choice] = []

  /// What share of the squared tolerance the rows of tokens without whole rows may take.
  private static let unmadeShare = 0.7
  /// How many of the tokens whose errors weigh most may have rows of their own in one step: each is one more row in every pass.
  private static let consideredRows = 24

  /// Chooses.
  ///
  /// - Parameters:
  ///   - probabilities: How likely the tokens are.
  ///   - errors: How far each token's row is from the exact one in the L1 distance without a whole row.
  ///   - keptError: The error of the whole row at a place, where one is kept from the start.
  ///   - madeError: The error of a row at a place that is made.
  init(
    probabilities: [Float], errors: [Float], precision: NarrowingPrecision, keptError: (_ place: Int) -> Float?,
    madeError: (_ place: Int, _ grade: MadeRowGrade) -> Float
  ) {
    let weighted = zip(probabilities, errors).map { $0 * $1 }
    var unmade = weighted.reduce(0.0) { $0 + Double($1) * Double($1) }
    let tolerable = Double(precision.tolerance) * Double(precision.tolerance)
    guard unmade > tolerable else { return }
    var made = 0
    for place in topK(Self.consideredRows, of: weighted) where unmade > Self.unmadeShare * tolerable {
      if let error = keptError(place) {
        choices.append(Choice(place: place, grade: nil, error: error))
      } else if made < precision.newRows {
        made += 1
        choices.append(Choice(place: place, grade: .coarse, error: madeError(place, .coarse)))
      } else {
        continue
      }
      unmade -= Double(weighted[place]) * Double(weighted[place])
    }
    refine(to: max(tolerable - unmade, (1 - Self.unmadeShare) * tolerable), probabilities, madeError)
  }

  /// Makes rows finer, the one whose error weighs most first, until their squared errors are tolerable.
  private mutating func refine(
    to tolerable: Double, _ probabilities: [Float], _ madeError: (_ place: Int, _ grade: MadeRowGrade) -> Float
  ) {
    func weight(_ choice: Choice) -> Double {
      let error = Double(probabilities[choice.place]) * Double(choice.error)
      return error * error
    }
    while choices.reduce(0.0, { $0 + weight($1) }) > tolerable {
      let refinable = choices.indices.filter { choices[$0].grade?.finer != nil }
      guard let worst = refinable.max(by: { weight(choices[$0]) < weight(choices[$1]) }),
        let finer = choices[worst].grade?.finer
      else { return }
      choices[worst].grade = finer
      choices[worst].error = madeError(choices[worst].place, finer)
    }
  }
}
