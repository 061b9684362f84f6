import LinearAlgebra

extension FactoredTables {
  /// What is kept of some tokens' rows, close together.
  struct Gathered {
    /// Their large entries.
    var entries: AnchorEntries
    /// How much of each shared row they have, `[K × shared]`.
    var coefficients: Matrix
    /// What small entries have that were given to the base row, `[K]`.
    var small: [Float]
  }

  /// Gathers what is kept of some tokens' rows.
  ///
  /// - Parameters:
  ///   - rows: What is kept (``rows``).
  ///   - whole: The places of tokens that have a whole row beside their entries, so that no shared row is theirs.
  ///   - least: Entries below this are given to the base row, `[K]`; `nil` for none.
  /// - Complexity: O(K·(entries + rank)).
  func gather(_ tokens: [Int], of rows: FactoredRows, without whole: [Int], leaving least: [Float]?) -> Gathered {
    var least = least
    for place in whole { least?[place] = 0 }
    var gathered = rows.gather(tokens, leaving: least)
    for place in whole { gathered.small[place] = 0 }
    let shared = layout.sharedRows
    var coefficients = Matrix(
      rows: tokens.count, columns: shared,
      known: shared == 1
        ? gathered.shares : gatherRows(tokens, of: UnsafeBufferPointer(self.coefficients), length: shared))
    for place in tokens.indices { coefficients[place, 0] += gathered.small[place] }
    for place in whole {
      for row in 0..<shared { coefficients[place, row] = 0 }
    }
    return Gathered(
      entries: AnchorEntries(
        starts: gathered.starts, anchors: gathered.anchors, values: gathered.values, anchorCount: layout.anchors),
      coefficients: coefficients, small: gathered.small)
  }
}
