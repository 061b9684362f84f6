package import DeePEn
import LinearAlgebra

/// The directions of largest variance of some points.
///
/// Computed one after the other by power iteration on XᵀX without ever forming that matrix, each orthogonal to those
/// before it. The largest coordinate of a direction is positive, so that the same points give the same picture.
package struct PrincipalComponents: Sendable, Hashable {
  /// The directions, `[components × dimension]`, each of length one.
  package let directions: Matrix
  /// The variance along each direction, largest first.
  package let variances: [Double]
  /// The sum of the variances along all axes.
  package let totalVariance: Double
  /// The centred points in these directions, `[points × components]`.
  package let coordinates: Matrix

  /// Computes the directions.
  ///
  /// - Parameters:
  ///   - points: `[points × dimension]`, finite; at least one.
  ///   - count: The number of directions; fewer where the dimension is smaller.
  ///   - iterations: The number of iterations per direction.
  /// - Complexity: O(points · dimension · count · iterations).
  package init(of points: Matrix, count: Int = 2, iterations: Int = 200) {
    precondition(points.rows > 0 && count > 0, "Directions need points, and at least one is asked for.")
    let centred = Self.centred(points)
    var random = SplitMix64(seed: 1)
    var directions: [[Float]] = []
    var variances: [Double] = []
    for _ in 0..<min(count, points.columns) {
      var direction = (0..<points.columns).map { _ in Float.random(in: -1...1, using: &random) }
      Self.orthonormalise(&direction, against: directions)
      for _ in 0..<iterations {
        var next = BLAS.multiply(BLAS.multiply(centred, direction), centred)
        guard Self.orthonormalise(&next, against: directions) else { break }
        let change = 1 - abs(BLAS.dot(next, direction))
        direction = next
        if change < 1e-7 { break }
      }
      let largest = direction.indices.max { abs(direction[$0]) < abs(direction[$1]) }
      if let largest, direction[largest] < 0 { direction = direction.map { -$0 } }
      let length = Double(norm(BLAS.multiply(centred, direction)))
      variances.append(length * length / Double(points.rows))
      directions.append(direction)
    }
    // Directions of nearly equal variance may be found in the wrong order.
    let order = variances.indices.sorted { (variances[$1], $0) < (variances[$0], $1) }
    self.variances = order.map { variances[$0] }
    self.directions = Matrix(rowsOfEqualLength: order.map { directions[$0] }, columns: points.columns)
    let length = Double(norm(centred.elements))
    totalVariance = length * length / Double(points.rows)
    coordinates = BLAS.multiplyTransposed(centred, self.directions)
  }

  private static func centred(_ points: Matrix) -> Matrix {
    let share = [Float](repeating: 1 / Float(points.rows), count: points.rows)
    let mean = BLAS.multiply(share, points)
    var centred = points
    for row in 0..<points.rows {
      for column in 0..<points.columns { centred[row, column] -= mean[column] }
    }
    return centred
  }

  /// - Returns: `true` if a component orthogonal to the other directions remains.
  @discardableResult
  private static func orthonormalise(_ vector: inout [Float], against others: [[Float]]) -> Bool {
    // Twice, because rounding in the first pass leaves a remainder.
    for other in others + others {
      let share = BLAS.dot(vector, other)
      for index in vector.indices { vector[index] -= share * other[index] }
    }
    return normalize(&vector)
  }
}

extension Matrix {
  /// A matrix from rows of equal length.
  init(rowsOfEqualLength rows: [[Float]], columns: Int) {
    self.init(rows: rows.count, columns: columns, repeating: 0)
    for (index, row) in rows.enumerated() {
      for column in 0..<columns { self[index, column] = row[column] }
    }
  }
}
