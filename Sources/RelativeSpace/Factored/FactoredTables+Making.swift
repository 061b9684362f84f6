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

  /// An anchor's direction as its codes have it, `[d]`, turned.
  func decodeDirection(ofAnchor anchor: Int, into direction: UnsafeMutableBufferPointer<Float>) {
    let bytes = anchor * layout.planeWidth..<(anchor + 1) * layout.planeWidth
    CodedRows.decode(
      coarse: UnsafeBufferPointer(rebasing: coarseCodes[bytes]), fine: UnsafeBufferPointer(rebasing: fineCodes[bytes]),
      scale: anchorScales[anchor], into: direction)
  }

  /// Rows of R̂ without their large entries, made of the anchors' coded directions. The sum of each is exact.
  ///
  /// - Parameters:
  ///   - tokens: The tokens.
  ///   - grades: How exactly each row is made.
  ///   - directions: The tokens' directions, turned, `[tokens × d]`.
  /// - Complexity: O(A·d) for each row; the codes are read once for four rows, and half of them where all rows are coarse.
  func makeRows(
    of tokens: [Int], grades: [MadeRowGrade], directions: Matrix, options: CosineAlignment.Options
  ) -> [CodedRow] {
    let memory = tokens.map { _ in makingPool.take() }
    for row in memory { row.initialize(repeating: 0) }
    defer { for row in memory { makingPool.giveBack(row) } }
    let (queries, scales) = (CodedRows.Queries(turned: directions), UnsafeBufferPointer(anchorScales))
    CodedRows.addProducts(
      of: UnsafeBufferPointer(coarseCodes), .coarse, scales: scales, with: queries,
      to: memory.compactMap(\.baseAddress))
    let fine = tokens.indices.filter { grades[$0] == .fine }
    CodedRows.addProducts(
      of: UnsafeBufferPointer(fineCodes), .fine, scales: scales, with: queries[fine],
      to: fine.compactMap { memory[$0].baseAddress })
    nonisolated(unsafe) let rows = memory
    return KernelThreads.map(tokens.count) { place in
      let (token, row) = (tokens[place], rows[place])
      if options.normalisesRows { _ = normalize(row) }
      for anchor in entryAnchors(of: token) { row[Int(anchor)] = -.infinity }
      return CodedRow(
        exponents: UnsafeBufferPointer(row), factor: options.temperature, sum: coefficients[token * layout.sharedRows])
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
