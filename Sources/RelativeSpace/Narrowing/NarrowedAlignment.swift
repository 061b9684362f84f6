internal import AlignmentKernels
internal import LinearAlgebra

/// The rows of a few tokens: large entries, coefficients of shared rows, and rows of their own for some of them.
///
/// R̂[w,·] = entries of w + Σ_k coefficient[w,k]·shared row k + own row of w. Every pass over the anchors reads the
/// shared and the own rows once, for any number of tokens. Tokens that take no part may add a constant background.
struct NarrowedAlignment: TokenAlignment {
  /// The relative distribution of tokens that take no part.
  struct Background: Sendable {
    /// o, `[A]`.
    var relative: [Float]
    /// 1 − δ, the probability of the tokens that take part.
    var share: Float

    /// - Parameters:
    ///   - relative: The tokens' relative distribution.
    ///   - others: The tokens.
    init(relative: [Float], of others: TokenShares) {
      self.relative = relative
      share = max(0, Float(1 - absoluteSum(others.probabilities.span)))
    }
  }

  let anchorCount: Int
  let vocabularyCount: Int
  private let rows: TokenRows
  /// The coefficients of the shared rows, which are the mixture's first ones, `[K × shared]`.
  private let coefficients: Matrix
  /// The tokens that have a row of their own, in the order of those rows in the mixture.
  private let owners: [Int]
  /// 1 − δ; `nil` without a background.
  private let share: Float?

  init(
    entries: AnchorEntries, mixture: RowMixture, coefficients: Matrix, owners: [Int], background: Background?,
    workers: Workers
  ) {
    precondition(coefficients.rows == entries.tokenCount, "Every token has its coefficients.")
    anchorCount = mixture.length
    vocabularyCount = entries.tokenCount
    rows = TokenRows(mixture: mixture, entries: entries, background: background?.relative, workers: workers)
    self.coefficients = coefficients
    self.owners = owners
    share = background?.share
  }

  /// r = p·R̂, `[K] → [A]`; (1 − δ)·p·R̂ + o with a background.
  ///
  /// - Complexity: O(A·rows + entries + K·shared rows).
  func project(_ distribution: [Float]) -> [Float] {
    let weights = weights(of: distribution)
    return rows.project(factors(of: weights), weights: weights)
  }

  /// R̂·y, `[A] → [K]`; (1 − δ)·R̂·y with a background.
  ///
  /// - Complexity: O(A·rows + entries + K·shared rows).
  func pullBack(_ anchorValues: [Float]) -> [Float] { gathered(rows.products(with: anchorValues)) }

  /// KL(r̄ ‖ p·R̂) and its gradient, in one pass over the anchors.
  func divergence(of distribution: [Float], toward target: [Float]) -> RelativeDivergence {
    divergence(at: position(of: distribution), toward: target)
  }

  func divergence(ofProjected relative: [Float], toward target: [Float]) -> RelativeDivergence {
    divergence(at: .projected(relative), toward: target)
  }

  func loss(of distribution: [Float], toward target: [Float]) -> Float {
    Float(rows.loss(at: position(of: distribution), toward: target, floor: RelativeDivergence.floor))
  }

  private func divergence(at position: TokenRows.Position, toward target: [Float]) -> RelativeDivergence {
    let pass = rows.divergence(at: position, toward: target, floor: RelativeDivergence.floor)
    return RelativeDivergence(loss: Float(pass.loss), gradient: gathered(pass.products))
  }

  private func position(of distribution: [Float]) -> TokenRows.Position {
    let weights = weights(of: distribution)
    return .sum(coefficients: factors(of: weights), weights: weights)
  }

  /// The weight of each token's row.
  private func weights(of distribution: [Float]) -> [Float] {
    precondition(
      distribution.count == vocabularyCount,
      "\(distribution.count) probabilities do not fit \(vocabularyCount) tokens.")
    var weights = distribution
    if let share { weights.scale(by: share) }
    return weights
  }

  /// The coefficients of the mixture's rows.
  ///
  /// The base row's coefficient is bounded below, so that every anchor keeps a positive probability and the gradient
  /// stays bounded there.
  private func factors(of weights: [Float]) -> [Float] {
    var shared = MatrixProducts.multiply(weights, coefficients)
    if !shared.isEmpty { shared[0] = max(shared[0], Self.leastBase) }
    return shared + owners.map { weights[$0] }
  }

  private static let leastBase: Float = 1e-6

  /// The dot product of each token's row with some values, from the products with its parts.
  private func gathered(_ products: TokenRows.Products) -> [Float] {
    let shared = coefficients.columns
    var result = MatrixProducts.multiply(coefficients, Array(products.rows[..<shared]))
    result.add(products.entries)
    for (index, token) in owners.enumerated() { result[token] += products.rows[shared + index] }
    if let share { result.scale(by: share) }
    return result
  }
}
