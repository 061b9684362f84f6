internal import LinearAlgebra

/// The rows of a few tokens, each made of a few large entries, a mixture of rows that all tokens share, and rows of its own.
///
/// R̂[w,·] = entries of w + Σ_k coefficient[w,k]·shared row k + own row of w. Every pass over the anchors goes through the shared
/// and the own rows once, whatever the number of tokens. Tokens that take no part may add what they say, which stays the same.
struct NarrowedAlignment: TokenAlignment {
  /// Rows in memory, `[rows × anchors]`.
  enum Rows: Sendable {
    /// Some rows of a matrix.
    case matrix(Matrix, rows: [Int])
    /// Rows that their owners keep in place: those that all tokens share, and tokens' own.
    case memory(shared: [RowMemory<Float>], own: [RowMemory<UInt16>])

    /// The rows as parts of sums over `length` anchors.
    func withMixture<Result>(length: Int, _ body: (RowMixture) -> Result) -> Result {
      switch self {
      case .matrix(let matrix, let rows):
        matrix.elements.withUnsafeBufferPointer { elements in
          guard let base = elements.baseAddress else { return body(RowMixture(length: length)) }
          return body(RowMixture(plain: rows.map { base + $0 * matrix.columns }, length: length))
        }
      case .memory(let shared, let own):
        withExtendedLifetime((shared, own)) {
          body(RowMixture(smooth: shared.map(\.start), halves: own.map(\.start), length: length))
        }
      }
    }
  }

  /// What tokens say that take no part.
  struct Background: Sendable {
    /// o, `[A]`.
    var relative: [Float]
    /// 1 − δ, how likely the tokens are that take part.
    var share: Float

    /// - Parameters:
    ///   - relative: What the tokens say.
    ///   - others: The tokens.
    init(relative: [Float], of others: TokenShares) {
      self.relative = relative
      share = max(0, Float(1 - others.probabilities.withUnsafeBufferPointer(absoluteSum)))
    }
  }

  let anchorCount: Int
  private let entries: AnchorEntries
  /// Shared rows first, then the tokens' own.
  private let rows: Rows
  /// How much of each shared row a token has, `[K × shared]`.
  private let coefficients: Matrix
  /// The tokens that have a row of their own, in the order of those rows.
  private let owners: [Int]
  private let background: Background?

  var vocabularyCount: Int { entries.tokenCount }

  init(
    anchorCount: Int, entries: AnchorEntries, rows: Rows, coefficients: Matrix, owners: [Int], background: Background?
  ) {
    precondition(coefficients.rows == entries.tokenCount, "Every token has its coefficients.")
    self.anchorCount = anchorCount
    self.entries = entries
    self.rows = rows
    self.coefficients = coefficients
    self.owners = owners
    self.background = background
  }

  /// r = p·R̂, `[K] → [A]`; (1 − δ)·p·R̂ + o with a background.
  ///
  /// - Complexity: O(A·rows + entries + K·shared rows).
  func project(_ distribution: [Float]) -> [Float] {
    let weights = weights(of: distribution)
    return withRows { $0.project(factors(of: weights), weights: weights) }
  }

  /// R̂·y, `[A] → [K]`; (1 − δ)·R̂·y with a background.
  ///
  /// - Complexity: O(A·rows + entries + K·shared rows).
  func pullBack(_ anchorValues: [Float]) -> [Float] {
    gathered(withRows { $0.products(with: anchorValues) })
  }

  /// KL(r̄ ‖ p·R̂) and its gradient, in one pass over the anchors.
  func divergence(of distribution: [Float], toward target: [Float]) -> RelativeDivergence {
    divergence(at: position(of: distribution), toward: target)
  }

  func divergence(ofProjected relative: [Float], toward target: [Float]) -> RelativeDivergence {
    divergence(at: .projected(relative), toward: target)
  }

  func loss(of distribution: [Float], toward target: [Float]) -> Float {
    Float(withRows { $0.loss(at: position(of: distribution), toward: target, floor: RelativeDivergence.floor) })
  }

  private func divergence(at position: TokenRows.Position, toward target: [Float]) -> RelativeDivergence {
    let pass = withRows { $0.divergence(at: position, toward: target, floor: RelativeDivergence.floor) }
    return RelativeDivergence(loss: Float(pass.loss), gradient: gathered(pass.products))
  }

  private func withRows<Result>(_ body: (TokenRows) -> Result) -> Result {
    rows.withMixture(length: anchorCount) { mixture in
      guard let background else { return body(TokenRows(mixture: mixture, entries: entries, background: nil)) }
      return background.relative.withUnsafeBufferPointer { relative in
        body(TokenRows(mixture: mixture, entries: entries, background: relative.baseAddress))
      }
    }
  }

  private func position(of distribution: [Float]) -> TokenRows.Position {
    let weights = weights(of: distribution)
    return .sum(coefficients: factors(of: weights), weights: weights)
  }

  /// How much of each token's row a distribution has.
  private func weights(of distribution: [Float]) -> [Float] {
    precondition(
      distribution.count == vocabularyCount,
      "\(distribution.count) probabilities do not fit \(vocabularyCount) tokens.")
    var weights = distribution
    if let share = background?.share { weights.scale(by: share) }
    return weights
  }

  /// How much of each row that is.
  ///
  /// There is always a little of the base row, so that no anchor is out of reach and the gradient stays bounded there.
  private func factors(of weights: [Float]) -> [Float] {
    var shared = MatrixProducts.multiply(weights, coefficients)
    if !shared.isEmpty { shared[0] = max(shared[0], Self.leastBase) }
    return shared + owners.map { weights[$0] }
  }

  private static let leastBase: Float = 1e-6

  /// Each token's row times some values, of which the parts' products are known.
  private func gathered(_ products: TokenRows.Products) -> [Float] {
    let shared = coefficients.columns
    var result = MatrixProducts.multiply(coefficients, Array(products.rows[..<shared]))
    result.add(products.entries)
    for (place, token) in owners.enumerated() { result[token] += products.rows[shared + place] }
    if let share = background?.share { result.scale(by: share) }
    return result
  }
}
