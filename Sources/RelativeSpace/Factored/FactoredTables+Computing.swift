import AlignmentKernels
import LinearAlgebra

extension FactoredTables {
  /// Rows of R̂ without their large entries, computed from the anchors' quantised directions. The sum of each is exact.
  ///
  /// - Parameters:
  ///   - tokens: The tokens.
  ///   - grades: The precision of each row.
  ///   - rotated: The tokens' directions, rotated, `[tokens × d]`.
  /// - Complexity: O(A·d) for each row; the codes are read once for four rows of a grade.
  func computeRows(
    of tokens: [Int], grades: [ComputedRowGrade], directions rotated: Matrix, options: CosineAlignment.Options,
    workers: Workers
  ) -> [QuantisedRow] {
    let rows = tokens.map { _ in pool.numbers(layout.anchors, of: Float.self) }
    let queries = grades.enumerated().map { index, grade in
      QuantisedRows.Query(rotated: rotated.row(index), planes: grade.rawValue)
    }
    directions.products(with: queries, to: rows, workers: workers)
    return workers.map(tokens.count) { index in
      let (token, row) = (tokens[index], rows[index])
      if options.normalisesRows { _ = row.withMutableSpan { normalize(&$0) } }
      for anchor in entryAnchors(of: token).elements { row[Int(anchor)] = -.infinity }
      return QuantisedRow(
        exponents: row, factor: options.temperature, sum: coefficients[token * layout.sharedRows])
    }
  }
}
