internal import LinearAlgebra

/// The rows of a few tokens, each made of a few large entries, a mixture of rows that all tokens share, and rows of its own.
///
/// R̂[w,·] = entries of w + Σ_k coefficient[w,k]·shared row k + own row of w. Every pass over the anchors goes through the shared
/// and the own rows once, whatever the number of tokens. Tokens that take no part may add what they say, which stays the same.
struct NarrowedAlignment: Alignment {
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

  /// A few large entries of each row, one row after the other.
  struct Entries: Sendable {
    /// Where each token's entries start; one more than there are tokens.
    var starts: [Int] = [0]
    var anchors: [Int32] = []
    var values: [Float] = []
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
  private let entries: Entries
  /// Shared rows first, then the tokens' own.
  private let rows: Rows
  /// How much of each shared row a token has, `[K × shared]`.
  private let coefficients: Matrix
  /// The tokens that have a row of their own, in the order of those rows.
  private let owners: [Int]
  private let background: Background?

  var vocabularyCount: Int { entries.starts.count - 1 }

  init(
    anchorCount: Int, entries: Entries, rows: Rows, coefficients: Matrix, owners: [Int], background: Background?
  ) {
    precondition(coefficients.rows == entries.starts.count - 1, "Every token has its coefficients.")
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
    var relative = scattered(distribution)
    relative.withUnsafeMutableBufferPointer { relative in
      withMixture { $0.add(factors(of: distribution), to: relative) }
    }
    return relative
  }

  /// R̂·y, `[A] → [K]`; (1 − δ)·R̂·y with a background.
  ///
  /// - Complexity: O(A·rows + entries + K·shared rows).
  func pullBack(_ anchorValues: [Float]) -> [Float] {
    precondition(anchorValues.count == anchorCount, "\(anchorValues.count) values do not fit \(anchorCount) anchors.")
    return anchorValues.withUnsafeBufferPointer { values in
      gathered(values, products: withMixture { $0.products(with: values) })
    }
  }

  /// KL(r̄ ‖ p·R̂) and its gradient, in one pass over the anchors.
  func divergence(of distribution: [Float], toward target: [Float]) -> RelativeDivergence {
    precondition(target.count == anchorCount, "\(target.count) values do not fit \(anchorCount) anchors.")
    var values = scattered(distribution)
    return values.withUnsafeMutableBufferPointer { values in
      let pass = withMixture {
        $0.relativePass(factors(of: distribution), toward: target, floor: RelativeDivergence.floor, q: values)
      }
      return RelativeDivergence(
        loss: Float(pass.loss), gradient: gathered(UnsafeBufferPointer(values), products: pass.products))
    }
  }

  private func withMixture<Result>(_ body: (RowMixture) -> Result) -> Result {
    rows.withMixture(length: anchorCount, body)
  }

  /// How much of each row a distribution has.
  ///
  /// There is always a little of the base row, so that no anchor is out of reach and the gradient stays bounded there.
  private func factors(of distribution: [Float]) -> [Float] {
    let share = background?.share ?? 1
    var shared = MatrixProducts.multiply(distribution, coefficients).map { share * $0 }
    if !shared.isEmpty { shared[0] = max(shared[0], Self.leastBase) }
    return shared + owners.map { share * distribution[$0] }
  }

  private static let leastBase: Float = 1e-6

  /// What the large entries and the background say, `[K] → [A]`.
  private func scattered(_ distribution: [Float]) -> [Float] {
    precondition(
      distribution.count == vocabularyCount,
      "\(distribution.count) probabilities do not fit \(vocabularyCount) tokens.")
    let share = background?.share ?? 1
    var relative = background?.relative ?? [Float](repeating: 0, count: anchorCount)
    relative.withUnsafeMutableBufferPointer { relative in
      for token in distribution.indices {
        let probability = share * distribution[token]
        for entry in entries.starts[token]..<entries.starts[token + 1] {
          relative[Int(entries.anchors[entry])] += probability * entries.values[entry]
        }
      }
    }
    return relative
  }

  /// Each token's row times some values, of which the rows' products are known.
  private func gathered(_ values: UnsafeBufferPointer<Float>, products: [Float]) -> [Float] {
    let shared = coefficients.columns
    var result = MatrixProducts.multiply(coefficients, Array(products[..<shared]))
    for token in result.indices {
      for entry in entries.starts[token]..<entries.starts[token + 1] {
        result[token] += entries.values[entry] * values[Int(entries.anchors[entry])]
      }
    }
    for (place, token) in owners.enumerated() { result[token] += products[shared + place] }
    if let share = background?.share { for token in result.indices { result[token] *= share } }
    return result
  }
}
