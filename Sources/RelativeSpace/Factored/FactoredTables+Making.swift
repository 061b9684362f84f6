import LinearAlgebra

extension FactoredTables {
  /// Codes an anchor's direction, `[d]`, which is turned in place for it.
  func codeDirection(_ direction: UnsafeMutableBufferPointer<Float>, ofAnchor anchor: Int) {
    let bytes = anchor * layout.planeWidth..<(anchor + 1) * layout.planeWidth
    CodedRows.rotate(direction)
    anchorScales[anchor] = CodedRows.code(
      UnsafeBufferPointer(direction), coarse: UnsafeMutableBufferPointer(rebasing: coarseCodes[bytes]),
      fine: UnsafeMutableBufferPointer(rebasing: fineCodes[bytes]))
  }

  /// A row of R̂ made of the anchors' coded directions, and coded itself.
  struct MadeRow: Sendable {
    var row: RowMemory
    var coded: CodedRow
  }

  /// Rows of R̂, `[A]` each, made of the anchors' coded directions. Large entries are exact, and so is the sum of the others.
  ///
  /// - Parameters:
  ///   - tokens: The tokens.
  ///   - grades: How exactly each row is made.
  ///   - directions: The tokens' directions, `[tokens × d]`.
  /// - Complexity: O(A·d) for each row; the codes are read once for four rows, and half of them where all rows are coarse.
  func makeRows(
    of tokens: [Int], grades: [MadeRowGrade], directions: Matrix, options: CosineAlignment.Options
  ) -> [MadeRow] {
    let memory = tokens.map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: layout.anchors) }
    for row in memory { row.initialize(repeating: 0) }
    let (queries, scales) = (CodedRows.Queries(directions), UnsafeBufferPointer(anchorScales))
    CodedRows.addProducts(
      of: UnsafeBufferPointer(coarseCodes), .coarse, scales: scales, with: queries, to: memory.compactMap(\.baseAddress)
    )
    let fine = tokens.indices.filter { grades[$0] == .fine }
    CodedRows.addProducts(
      of: UnsafeBufferPointer(fineCodes), .fine, scales: scales, with: queries[fine],
      to: fine.compactMap { memory[$0].baseAddress })
    nonisolated(unsafe) let rows = memory
    return KernelThreads.map(tokens.count) { place in
      let (token, row) = (tokens[place], rows[place])
      CosineRows.makeDistribution(row, options: options)
      for anchor in entryAnchors(of: token) { row[Int(anchor)] = 0 }
      let sum = Float(absoluteSum(UnsafeBufferPointer(row)))
      let factor = sum > 0 ? coefficients[token * layout.sharedRows] / sum : 0
      for anchor in row.indices { row[anchor] *= factor }
      let coded = CodedRow(coding: UnsafeBufferPointer(row))
      // The row is what its code stands for from the start, so that a step does not depend on the ones before.
      coded.decode(into: row)
      setEntries(of: token, in: row)
      return MadeRow(row: RowMemory(owning: row), coded: coded)
    }
  }
}

/// How exactly a row is made of the anchors' coded directions.
enum MadeRowGrade: Sendable, Hashable {
  /// Of the coarse halves of the codes.
  case coarse
  /// Of both halves, in twice the time.
  case fine
}

/// How far made rows are from exact ones in the L1 distance: the mean over a sample, for each unit of what the large entries leave of a
/// row.
struct MadeRowErrors: Sendable, Hashable {
  var coarse: Float
  var fine: Float

  subscript(grade: MadeRowGrade) -> Float { grade == .coarse ? coarse : fine }
}
