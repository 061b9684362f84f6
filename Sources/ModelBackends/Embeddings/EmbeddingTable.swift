public import LinearAlgebra

/// One of a model's two tables of token vectors.
public enum EmbeddingSide: String, Sendable, Hashable, CaseIterable {
  /// The input embeddings: the vectors that represent tokens at the model's input.
  case input
  /// The output embeddings: the vectors that logits are computed from. Models that tie both tables have one.
  case output
}

/// A table of token vectors, `[count × dimension]`, read in blocks of rows.
///
/// Published tables have gigabytes: a table in a file reads and converts rows on demand.
public protocol EmbeddingTable: Sendable {
  /// The number of rows. It may exceed the vocabulary where a model pads its table, but is never smaller.
  var count: Int { get }

  /// The length of a row, d.
  var dimension: Int { get }

  /// A block of rows, `[range.count × dimension]`.
  ///
  /// - Precondition: `range` lies in `0..<count`.
  /// - Throws: ``BackendError`` where the rows cannot be read.
  func rows(_ range: Range<Int>) throws -> Matrix

  /// The table's origin; `nil`, the default, where it cannot be determined or the table exists in memory only.
  ///
  /// It identifies earlier results for the same table, so that the rows need not be read again to recognise them.
  var origin: EmbeddingOrigin? { get }
}

extension EmbeddingTable {
  /// Unknown: `nil`.
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
