public import LinearAlgebra

/// Which of a model's two tables of token vectors.
public enum EmbeddingSide: String, Sendable, Hashable, CaseIterable {
  /// The vectors that tokens enter the model as.
  case input
  /// The vectors that logits are made from. Models that tie both tables have one.
  case output
}

/// A table of token vectors, `[count × dimension]`, read in blocks of rows.
///
/// Real tables have gigabytes: a table that lies in a file reads and converts rows as they are asked for.
public protocol EmbeddingTable: Sendable {
  /// The number of rows. It may exceed the vocabulary where a model pads its table, never fall short of it.
  var count: Int { get }

  /// The length of a row, d.
  var dimension: Int { get }

  /// A block of rows, `[range.count × dimension]`.
  ///
  /// - Precondition: `range` lies in `0..<count`.
  /// - Throws: ``BackendError`` where the rows cannot be read.
  func rows(_ range: Range<Int>) throws -> Matrix

  /// Where the table lies; `nil`, the default, where that cannot be told or is in memory alone.
  ///
  /// What was once made of a table is recognised by it without reading all rows again.
  var origin: EmbeddingOrigin? { get }
}

extension EmbeddingTable {
  /// Nothing is known.
  public var origin: EmbeddingOrigin? { nil }
}

/// A table of token vectors in memory.
extension Matrix: EmbeddingTable {
  /// The number of rows.
  public var count: Int { rows }

  /// The length of a row.
  public var dimension: Int { columns }

  /// A block of rows.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "Rows \(range) are not in 0..<\(rows).")
    return Matrix(
      rows: range.count, columns: columns,
      known: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
  }
}
