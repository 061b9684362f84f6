import LinearAlgebra
import ModelBackends

/// Reads rows of a model's embedding table, and checks their shape.
struct EmbeddingRows {
  let table: any EmbeddingTable

  init(_ table: any EmbeddingTable) {
    self.table = table
  }

  /// The approximate number of elements in a block.
  static let blockElements = 1 << 22

  /// A block of rows, `[range.count × d]`.
  func block(_ range: Range<Int>) throws -> Matrix {
    let rows = try table.rows(range)
    guard rows.rows == range.count, rows.columns == table.dimension else {
      throw RelativeSpaceError(
        .sizeMismatch,
        "The embedding table gave \(rows.rows) × \(rows.columns) elements for rows \(range) of \(table.dimension)",
        remedy: "Correct the table's rows(_:)."
      )
    }
    return rows
  }

  /// The number of rows without a direction.
  struct Counts {
    var zero = 0
    var notFinite = 0
  }

  /// A block of rows, each scaled to the length one, `[range.count × d]`; rows without a direction are zero.
  func directions(in range: Range<Int>, counting counts: inout Counts) throws -> Matrix {
    var rows = try block(range)
    for row in 0..<range.count {
      switch rows.withMutableRow(row, { normalize(&$0) }) {
      case .one: break
      case .zero: counts.zero += 1
      case .notFinite: counts.notFinite += 1
      }
    }
    return rows
  }

  /// Some tokens' rows, each scaled to the length one, `[ids × d]`, and the number of those without a direction, which
  /// are zero.
  ///
  /// Neighbouring rows are read together, and every row is read only once.
  func directions(of ids: [TokenID]) throws -> (rows: Matrix, withoutDirection: Int) {
    let dimension = table.dimension
    guard dimension > 0 else {
      throw RelativeSpaceError(
        .sizeMismatch, "The embedding table has rows of no elements", remedy: "Give the model its own table.")
    }
    if let last = ids.max(), last >= table.count {
      throw RelativeSpaceError(
        .sizeMismatch, "The embedding table has \(table.count) rows, none for token \(last)",
        remedy: "Give the model its own table: one row for each token.")
    }
    var directions = Matrix(rows: ids.count, columns: dimension)
    let order = ids.indices.sorted { ids[$0] < ids[$1] }
    let span = min(max(1, Self.blockElements / dimension), 256)
    var next = 0
    while next < order.count {
      try Task.checkCancellation()
      let first = ids[order[next]]
      let end = order[next...].firstIndex { ids[$0] >= first + span } ?? order.count
      let rows = try block(first..<ids[order[end - 1]] + 1)
      for index in order[next..<end] {
        directions.elements.replaceSubrange(
          index * dimension..<(index + 1) * dimension, with: rows.row(ids[index] - first))
      }
      next = end
    }
    var withoutDirection = 0
    for row in ids.indices where directions.withMutableRow(row, { normalize(&$0) }) != .one {
      withoutDirection += 1
    }
    return (directions, withoutDirection)
  }
}
