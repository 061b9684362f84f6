import LinearAlgebra

/// The eigenvectors of the largest eigenvalues of a positive semidefinite symmetric matrix, by subspace iteration
/// (Rutishauser, doi:10.1007/BF02163027).
struct LeadingVectors {
  /// The eigenvalues, largest first.
  let values: [Double]
  /// The eigenvectors, each of the length one.
  let vectors: [[Double]]
  /// The sum of all eigenvalues.
  let trace: Double

  private static let rounds = 24
  /// The number of extra vectors, so that the last requested one converges too.
  private static let more = 8

  /// Computes the first `count` of them.
  ///
  /// - Complexity: O(n²·count) for n rows.
  init(of matrix: Matrix, count: Int) {
    precondition(matrix.rows == matrix.columns, "A matrix of \(matrix.rows) × \(matrix.columns) is not symmetric.")
    let size = matrix.rows
    trace = (0..<size).reduce(0) { $0 + Double(matrix[$1, $1]) }
    let width = min(size, count + Self.more)
    var generator = SplitMix64(seed: 1)
    var basis = (0..<width).map { _ in (0..<size).map { _ in Double.random(in: -1...1, using: &generator) } }
    Self.orthonormalise(&basis)
    for _ in 0..<Self.rounds {
      basis = Self.products(matrix, basis)
      Self.orthonormalise(&basis)
    }
    let moved = Self.products(matrix, basis)
    let found = basis.indices.map { vector in
      zip(basis[vector], moved[vector]).reduce(0.0) { $0 + $1.0 * $1.1 }
    }
    let order = basis.indices.sorted { found[$0] > found[$1] }.prefix(count)
    values = order.map { max(0, found[$0]) }
    vectors = order.map { basis[$0] }
  }

  /// The matrix times each vector.
  private static func products(_ matrix: Matrix, _ vectors: [[Double]]) -> [[Double]] {
    let rows = Matrix(
      rows: vectors.count, columns: matrix.columns, known: vectors.flatMap { $0.map { Float($0) } })
    let result = BLAS.multiplyTransposed(rows, matrix)
    return vectors.indices.map { result.row($0).map(Double.init) }
  }

  /// Orthonormalises by Gram–Schmidt, twice, which is enough; a vector that vanishes becomes zero.
  private static func orthonormalise(_ vectors: inout [[Double]]) {
    for vector in vectors.indices {
      for _ in 0..<2 {
        for earlier in 0..<vector {
          let share = zip(vectors[vector], vectors[earlier]).reduce(0.0) { $0 + $1.0 * $1.1 }
          for index in vectors[vector].indices { vectors[vector][index] -= share * vectors[earlier][index] }
        }
      }
      let length = vectors[vector].reduce(0.0) { $0 + $1 * $1 }.squareRoot()
      let factor = length > 1e-30 ? 1 / length : 0
      for index in vectors[vector].indices { vectors[vector][index] *= factor }
    }
  }
}
