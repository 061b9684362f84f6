import LinearAlgebra
import ModelBackends

/// Reads token vectors as directions: every row brought to the length one, rows without a direction to zero.
struct DirectionReader {
  let embeddings: any EmbeddingTable

  /// About how many elements of embeddings are read at a time.
  static let blockElements = 1 << 22

  /// What became of rows.
  struct Counts {
    var zero = 0
    var notFinite = 0
  }

  /// A block of directions, `[range.count × d]`.
  func rows(_ range: Range<Int>, counting counts: inout Counts) throws -> Matrix {
    var rows = try read(range)
    rows.elements.withUnsafeMutableBufferPointer { elements in
      for row in 0..<range.count {
        switch normalize(elements.row(row, length: embeddings.dimension)) {
        case .one: break
        case .zero: counts.zero += 1
        case .notFinite: counts.notFinite += 1
        }
      }
    }
    return rows
  }

  /// One token's direction, `[d]`.
  func row(_ token: TokenID) throws -> [Float] {
    var counts = Counts()
    return try rows(token..<token + 1, counting: &counts).elements
  }

  /// The directions of some tokens, in the order given, `[tokens × d]`, and how many of them have none.
  func rows(of tokens: [TokenID]) throws -> (directions: Matrix, withoutDirection: Int) {
    let dimension = embeddings.dimension
    var gathered = Matrix(rows: tokens.count, columns: dimension)
    var withoutDirection = 0
    // Neighbouring rows are read together, and every row is read only once.
    let order = tokens.indices.sorted { tokens[$0] < tokens[$1] }
    let span = min(max(1, Self.blockElements / dimension), 256)
    var next = 0
    while next < order.count {
      try Task.checkCancellation()
      let first = tokens[order[next]]
      let end = order[next...].firstIndex { tokens[$0] >= first + span } ?? order.count
      let rows = try read(first..<tokens[order[end - 1]] + 1)
      for place in order[next..<end] {
        gathered.elements.replaceSubrange(
          place * dimension..<(place + 1) * dimension, with: rows.row(tokens[place] - first))
      }
      next = end
    }
    gathered.elements.withUnsafeMutableBufferPointer { elements in
      for row in tokens.indices where normalize(elements.row(row, length: dimension)) != .one { withoutDirection += 1 }
    }
    return (gathered, withoutDirection)
  }

  /// A block of embeddings, of the promised shape.
  private func read(_ range: Range<Int>) throws -> Matrix {
    let rows = try embeddings.rows(range)
    guard rows.rows == range.count, rows.columns == embeddings.dimension else {
      throw RelativeSpaceError(
        .sizeMismatch,
        "The embedding table gave \(rows.rows) × \(rows.columns) elements for rows \(range) of \(embeddings.dimension)",
        remedy: "Correct the table's rows(_:)."
      )
    }
    return rows
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// One row of a row-major block.
  func row(_ row: Int, length: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: self[row * length..<(row + 1) * length])
  }
}
