import AlignmentKernels
import LinearAlgebra

extension FactoredTables {
  /// The factored rows of some tokens, contiguous in memory.
  struct Gathered {
    /// Their large entries.
    var entries: AnchorEntries
    /// The coefficients of the shared rows, `[K × shared]`.
    var coefficients: Matrix
    /// The sum of small entries that were replaced by the base row, `[K]`.
    var small: [Float]
  }

  /// Gathers the factored rows of some tokens.
  ///
  /// - Parameters:
  ///   - rows: All factored rows (``rows``).
  ///   - whole: The indices of tokens that have a whole row beside their entries, so that their coefficients are zero.
  ///   - least: Entries below this are replaced by the base row, `[K]`; `nil` for none.
  /// - Complexity: O(K·(entries + rank)).
  func gather(_ tokens: [Int], of rows: FactoredRows, without whole: [Int], leaving least: [Float]?) -> Gathered {
    var least = least
    for index in whole { least?[index] = 0 }
    var gathered = rows.gather(tokens, leaving: least)
    for index in whole { gathered.small[index] = 0 }
    let shared = layout.sharedRows
    var coefficients = Matrix(
      rows: tokens.count, columns: shared,
      known: shared == 1 ? gathered.shares : self.coefficients.gatherRows(tokens, length: shared))
    for index in tokens.indices { coefficients[index, 0] += gathered.small[index] }
    for index in whole {
      for row in 0..<shared { coefficients[index, row] = 0 }
    }
    return Gathered(
      entries: AnchorEntries(
        starts: gathered.starts, anchors: gathered.anchors, values: gathered.values, anchorCount: layout.anchors),
      coefficients: coefficients, small: gathered.small)
  }
}
