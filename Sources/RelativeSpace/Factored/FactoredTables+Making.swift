import LinearAlgebra

extension FactoredTables {
  /// Rows of R̂ without their large entries, made of the anchors' coded directions. The sum of each is exact.
  ///
  /// - Parameters:
  ///   - tokens: The tokens.
  ///   - grades: How exactly each row is made.
  ///   - turned: The tokens' directions, turned, `[tokens × d]`.
  /// - Complexity: O(A·d) for each row; the codes are read once for four rows of a grade.
  func makeRows(
    of tokens: [Int], grades: [MadeRowGrade], directions turned: Matrix, options: CosineAlignment.Options
  ) -> [CodedRow] {
    let memory = tokens.map { _ in ReusedMemory<Float>(count: layout.anchors) }
    let queries = grades.enumerated().map { place, grade in
      CodedRows.Query(turned: turned.row(place), planes: grade.rawValue)
    }
    directions.products(with: queries, to: memory.compactMap(\.numbers.baseAddress))
    return KernelThreads.map(tokens.count) { place in
      let (token, row) = (tokens[place], memory[place].numbers)
      if options.normalisesRows { _ = normalize(row) }
      for anchor in entryAnchors(of: token) { row[Int(anchor)] = -.infinity }
      return CodedRow(
        exponents: UnsafeBufferPointer(row), factor: options.temperature, sum: coefficients[token * layout.sharedRows])
    }
  }
}
