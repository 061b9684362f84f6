/// A dense row-major matrix of single-precision numbers.
///
/// Element (r, c) is `elements[r * columns + c]`.
public struct Matrix: Sendable, Hashable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// All elements, row after row; `rows * columns` of them.
  public var elements: [Float]

  /// Creates a matrix from its elements, row after row, such as those of a file.
  ///
  /// - Throws: ``LinearAlgebraError`` with the code `sizeMismatch` where there are not `rows * columns` elements, or
  ///   one of the two is negative.
  public init(rows: Int, columns: Int, elements: [Float]) throws {
    let (count, overflows) = rows.multipliedReportingOverflow(by: columns)
    guard rows >= 0, columns >= 0, !overflows, elements.count == count else {
      throw LinearAlgebraError(
        .sizeMismatch, "A matrix of \(rows) × \(columns) cannot have \(elements.count) elements")
    }
    self.init(rows: rows, columns: columns, known: elements)
  }

  /// Creates a matrix from elements whose number is known to fit.
  ///
  /// - Precondition: `elements.count == rows * columns`, both not negative.
  package init(rows: Int, columns: Int, known elements: [Float]) {
    precondition(rows >= 0 && columns >= 0, "A matrix cannot have \(rows) × \(columns) elements.")
    precondition(
      elements.count == rows * columns,
      "A \(rows) × \(columns) matrix has \(rows * columns) elements, not \(elements.count)."
    )
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// Creates a matrix whose elements all have one value.
  ///
  /// - Precondition: Neither number is negative.
  public init(rows: Int, columns: Int, repeating value: Float = 0) {
    self.init(rows: rows, columns: columns, known: Array(repeating: value, count: rows * columns))
  }

  /// The element in row `row` and column `column`.
  public subscript(row: Int, column: Int) -> Float {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// One row, `[columns]`.
  public func row(_ row: Int) -> ArraySlice<Float> {
    elements[row * columns..<(row + 1) * columns]
  }
  /// Calls a function with one mutable row, `[columns]`.
  package mutating func withMutableRow<Result>(
    _ row: Int, _ body: (inout MutableSpan<Float>) throws -> Result
  ) rethrows -> Result {
    try elements.withUnsafeMutableBufferPointer { elements in
      var span = UnsafeMutableBufferPointer(rebasing: elements[row * columns..<(row + 1) * columns]).mutableSpan
      return try body(&span)
    }
  }
}
