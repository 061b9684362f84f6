import LinearAlgebra
import ModelBackends

/// The agreement of the members about each shared token, measured against a sample of reference tokens.
///
/// ```
/// Cᵢ[w,a] = cos(Eᵢ[w], Eᵢ[a]) − mean over w′ of cos(Eᵢ[w′], Eᵢ[a])
/// agreement(w) = mean over pairs i < j of the Pearson correlation of Cᵢ[w,·] and Cⱼ[w,·]
/// ```
///
/// The mean over tokens is subtracted because some references are similar to everything in one model, which would make
/// all tokens seem to agree; Pearson's correlation subtracts the row's own mean and divides by its length. A token is
/// not compared with itself. Rows of R̂ are not compared: at the published temperature they hold little but the token
/// itself, which always agrees.
enum NeighbourhoodAgreement {
  /// The agreement of each shared token; `nil` where a member gives it no direction.
  ///
  /// - Parameters:
  ///   - candidates: The shared tokens of two members or more.
  ///   - references: The indices of the reference tokens; at least three.
  /// - Throws: Errors from reading the embeddings, and `CancellationError`.
  /// - Complexity: O(S·references·d) for each member in products of blocks, O(S·references) for each pair;
  ///   4·S·references bytes for each member and the directions of one.
  static func measure(_ candidates: AnchorCandidates, references: [Int]) throws -> [Double?] {
    let members = 0..<candidates.memberCount
    let centred = try members.map { member in
      let cosines = try cosines(candidates, member: member, references: references)
      candidates.report(Double(member + 1) / Double(members.count + 1))
      return cosines
    }
    var columns: [Int: Int] = [:]
    for (column, index) in references.enumerated() { columns[index] = column }
    return candidates.shared.indices.map { index in
      let rows = centred.compactMap { $0.rows[index] ? Array($0.cosines.row(index)) : nil }
      guard rows.count == members.count else { return nil }
      let pairs = members.flatMap { one in
        members.dropFirst(one + 1).map { correlation(rows[one], rows[$0], without: columns[index]) }
      }
      // In the order of their size, so that the order of the members does not affect rounding.
      return pairs.sorted().reduce(0, +) / Double(pairs.count)
    }
  }

  /// Cosines with the references, minus each reference's mean, `[shared × references]`, and which tokens have a
  /// direction.
  private static func cosines(
    _ candidates: AnchorCandidates, member: Int, references: [Int]
  ) throws -> (cosines: Matrix, rows: [Bool]) {
    let directions = try candidates.directions(ofMember: member)
    let anchors = Matrix(
      rows: references.count, columns: directions.columns, known: references.flatMap { directions.row($0) })
    let share = [Float](repeating: 1 / Float(directions.rows), count: directions.rows)
    let means = BLAS.multiply(anchors, BLAS.multiply(share, directions))
    var cosines: [Float] = []
    cosines.reserveCapacity(directions.rows * references.count)
    let size = max(1, EmbeddingRows.blockElements / max(directions.columns, references.count))
    for start in stride(from: 0, to: directions.rows, by: size) {
      try Task.checkCancellation()
      let block = directions.rows(start..<min(start + size, directions.rows))
      var products = BLAS.multiplyTransposed(block, anchors)
      for row in 0..<products.rows {
        for column in means.indices { products[row, column] -= means[column] }
      }
      cosines += products.elements
    }
    let hasDirection = (0..<directions.rows).map { directions.row($0).contains { $0 != 0 } }
    return (Matrix(rows: directions.rows, columns: references.count, known: cosines), hasDirection)
  }

  /// Pearson's correlation without one column; 0 where a row is constant.
  private static func correlation(_ one: [Float], _ other: [Float], without left: Int?) -> Double {
    let count = Double(one.count - (left == nil ? 0 : 1))
    var (sumX, sumY) = (0.0, 0.0)
    for column in one.indices where column != left {
      sumX += Double(one[column])
      sumY += Double(other[column])
    }
    let (meanX, meanY) = (sumX / count, sumY / count)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for column in one.indices where column != left {
      let (x, y) = (Double(one[column]) - meanX, Double(other[column]) - meanY)
      xx += x * x
      yy += y * y
      xy += x * y
    }
    let lengths = (xx * yy).squareRoot()
    return lengths > 0 ? xy / lengths : 0
  }
}
