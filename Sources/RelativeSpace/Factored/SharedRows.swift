import LinearAlgebra

/// Rows whose weighted sums are all tokens' rows, except for their large entries: a base row, and the deviations from it that
/// explain most.
///
/// From a sample of rows without their large entries, each of the mass ρ_w: the base row is their mean, normalised to a
/// distribution; the deviations are the leading right singular vectors of the rows minus ρ_w times the base row.
/// Deviations add up to zero, so that a row's sum does not depend on how many are kept. A deviation that explains
/// little is left out: rows that are unlike each other in every direction have none worth keeping.
struct SharedRows {
  /// The base row, `[A]`, a distribution.
  let base: [Float]
  /// The deviations, `[r × A]`, each of the length one and at right angles to the others.
  let deviations: Matrix

  /// The least share of all squared deviations that a kept one explains: it is one more row in every pass of every step.
  private static let leastShare = 0.03
  /// A mean mass below this says that rows are nothing but their large entries.
  private static let leastMass = 1e-6

  /// Finds the rows.
  ///
  /// - Parameters:
  ///   - sample: Rows without their large entries, `[m × A]`.
  ///   - rank: How many deviations at most.
  /// - Complexity: O(m²·A + m·r·A) in matrix products.
  init(sample: Matrix, rank: Int) {
    let (count, anchorCount) = (sample.rows, sample.columns)
    let ones = Matrix(rows: 1, columns: anchorCount, repeating: 1)
    let masses = BLAS.multiplyTransposed(sample, ones).elements
    let total = masses.reduce(0) { $0 + Double($1) }
    guard total > Self.leastMass * Double(count) else {
      base = Array(repeating: 1 / Float(anchorCount), count: anchorCount)
      deviations = Matrix(rows: 0, columns: anchorCount)
      return
    }
    let mean = BLAS.multiply(Array(repeating: Float(1 / total), count: count), sample)
    var deviating = sample
    deviating.elements.withUnsafeMutableBufferPointer { elements in
      BLAS.add(
        -1, times: Matrix(rows: count, columns: 1, known: masses),
        Matrix(rows: 1, columns: anchorCount, known: mean), to: elements)
    }
    let leading = LeadingVectors(of: BLAS.multiplyTransposed(deviating, deviating), count: min(rank, count))
    let kept = leading.values.prefix { $0 > Self.leastShare * leading.trace && $0 > 1e-24 }.count
    var rows = Matrix(rows: kept, columns: anchorCount)
    let weights = Matrix(
      rows: kept, columns: count,
      known: (0..<kept).flatMap { place in
        leading.vectors[place].map { Float($0 / leading.values[place].squareRoot()) }
      })
    rows.elements.withUnsafeMutableBufferPointer { BLAS.add(1, times: weights, deviating, to: $0) }
    base = mean
    deviations = rows
  }

  /// The base row and the deviations, `[(1 + r) × A]`.
  var all: Matrix {
    Matrix(rows: deviations.rows + 1, columns: base.count, known: base + deviations.elements)
  }
}
