import LinearAlgebra

/// Rows whose weighted sums approximate all tokens' rows without their large entries: a base row, and the deviations
/// from it that explain most.
///
/// From a sample of rows without their large entries, each of the mass ρ_w: the base row is their mean, normalised to a
/// distribution; the deviations are the leading right singular vectors of the rows minus ρ_w times the base row. Each
/// deviation sums to zero, so that a row's sum does not depend on how many are kept. A deviation that explains little
/// is dropped: rows that differ in every direction have none worth keeping.
struct SharedRows {
  /// The base row, `[A]`, a distribution.
  let base: [Float]
  /// The deviations, `[r × A]`, orthonormal.
  let deviations: Matrix

  /// The least share of all squared deviations that a kept one explains: each adds one row to every pass of every step.
  private static let leastShare = 0.03
  /// The mean mass below which rows consist of nothing but their large entries.
  private static let leastMass = 1e-6

  /// Computes the rows.
  ///
  /// - Parameters:
  ///   - sample: Rows without their large entries, `[m × A]`.
  ///   - rank: The maximum number of deviations.
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
      known: (0..<kept).flatMap { index in
        leading.vectors[index].map { Float($0 / leading.values[index].squareRoot()) }
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
