import DeePEn
import Dispatch

/// Computes rows of the published matrix R̂ from the anchors' directions, which stay in memory, `[A × d]`.
struct AnchoredRows {
  private let embeddings: any EmbeddingTable
  private let anchors: Matrix
  /// The number of rows that are computed at a time.
  let blockRows: Int

  /// Computes the anchors' directions.
  ///
  /// - Parameters:
  ///   - embeddings: A member's token vectors.
  ///   - anchorIDs: The anchors in its vocabulary.
  ///   - blockElements: The approximate number of elements of the rows that are computed at a time.
  init(_ embeddings: any EmbeddingTable, anchorIDs: [Int], blockElements: Int) throws {
    self.embeddings = embeddings
    anchors = try ExactRows.directions(of: anchorIDs, in: embeddings)
    blockRows = max(1, blockElements / anchorIDs.count)
  }

  /// The number of anchors, A.
  var anchorCount: Int { anchors.rows }

  /// Writes the rows of some tokens to memory, `[tokens × A]`.
  ///
  /// - Complexity: O(tokens · A · d).
  func fill(_ rows: UnsafeMutableBufferPointer<Float>, of tokens: [Int]) throws {
    for start in stride(from: 0, to: tokens.count, by: blockRows) {
      let range = start..<min(start + blockRows, tokens.count)
      let directions = try ExactRows.directions(of: Array(tokens[range]), in: embeddings)
      let block = UnsafeMutableBufferPointer(
        rebasing: rows[range.lowerBound * anchorCount..<range.upperBound * anchorCount])
      var span = block.mutableSpan
      BLAS.multiplyTransposed(directions, anchors, into: &span)
      ExactRows.makeDistributions(block, rows: range.count)
    }
  }

  /// Adds p·R̂ of some distributions to `[distributions × A]` numbers, with every token's row. The rows are computed in
  /// blocks.
  ///
  /// - Parameters:
  ///   - distributions: Of the member's tokens, `[distributions][V]`.
  ///   - weight: The factor of p·R̂.
  ///   - relatives: The numbers to which it is added.
  /// - Complexity: O(V · A · (d + distributions)).
  func project(_ distributions: [[Float]], times weight: Float, addingTo relatives: inout Matrix) throws {
    let vocabularyCount = distributions.first?.count ?? 0
    var block = Matrix(rows: min(blockRows, vocabularyCount), columns: anchorCount)
    for start in stride(from: 0, to: vocabularyCount, by: blockRows) {
      let range = start..<min(start + blockRows, vocabularyCount)
      if range.count < block.rows { block = Matrix(rows: range.count, columns: anchorCount) }
      try block.elements.withUnsafeMutableBufferPointer { try fill($0, of: Array(range)) }
      let probabilities = try Matrix(
        rows: distributions.count, columns: range.count, elements: distributions.flatMap { $0[range] })
      let product = BLAS.multiply(probabilities, block)
      relatives.elements.withUnsafeMutableBufferPointer { relatives in
        product.elements.withUnsafeBufferPointer { product in
          for index in relatives.indices { relatives[index] += weight * product[index] }
        }
      }
    }
  }
}

/// Rows of R̂ of a few tokens of each of many steps. Those of the most frequent tokens are computed once.
struct RecurringRows {
  private let source: AnchoredRows
  /// The stored rows, `[tokens × A]`.
  private let kept: Matrix
  /// The row index of each stored token.
  private let indices: [Int: Int]

  /// Computes the rows that are needed most often.
  ///
  /// - Parameters:
  ///   - source: Computes rows.
  ///   - wanted: Each step's tokens.
  ///   - elements: The maximum number of elements of the stored rows.
  init(_ source: AnchoredRows, wanted: [[Int]], elements: Int) throws {
    self.source = source
    let counts = wanted.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let recurring = counts.filter { $0.value > 1 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let tokens = recurring.prefix(elements / source.anchorCount).map(\.key)
    var kept = Matrix(rows: tokens.count, columns: source.anchorCount)
    try kept.elements.withUnsafeMutableBufferPointer { try source.fill($0, of: tokens) }
    self.kept = kept
    indices = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) })
  }

  /// The rows of some tokens, and the tokens in the rows' order.
  ///
  /// - Complexity: O(A · d) for each row that is not stored.
  func rows(of tokens: [Int]) throws -> (tokens: [Int], rows: Matrix) {
    let (known, others) = (tokens.filter { indices[$0] != nil }, tokens.filter { indices[$0] == nil })
    let anchorCount = source.anchorCount
    let elements = try [Float](unsafeUninitializedCapacity: tokens.count * anchorCount) { elements, initialized in
      // Each row is written by one iteration alone.
      nonisolated(unsafe) let rows = elements
      DispatchQueue.concurrentPerform(iterations: known.count) { row in
        guard let index = indices[known[row]] else { return }
        _ = UnsafeMutableBufferPointer(rebasing: rows[row * anchorCount..<(row + 1) * anchorCount])
          .initialize(fromContentsOf: kept.row(index))
      }
      let rest = UnsafeMutableBufferPointer(rebasing: elements[(known.count * anchorCount)...])
      rest.initialize(repeating: 0)
      initialized = elements.count
      try source.fill(rest, of: others)
    }
    let rows = try Matrix(rows: tokens.count, columns: anchorCount, elements: elements)
    return (known + others, rows)
  }
}
