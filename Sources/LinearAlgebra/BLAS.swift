internal import CBLASShim

/// The basic linear algebra subprograms that the method needs, single precision and row-major.
///
/// OpenBLAS on Linux, Accelerate on Apple platforms.
public enum BLAS {
  /// The number of threads that one call may use; 0 where the library decides itself (Accelerate).
  ///
  /// OpenBLAS has one setting for the whole process, so this one is process-wide too. Concurrent calls that each use
  /// several threads wait for each other: set 1 where calls run concurrently.
  public static var threadCount: Int {
    get { Int(deepen_blas_threads()) }
    set {
      precondition(newValue > 0, "BLAS needs at least one thread, not \(newValue).")
      deepen_blas_set_threads(Int32(clamping: newValue))
    }
  }

  /// The name and build of the library in use.
  public static var libraryDescription: String { String(cString: deepen_blas_description()) }

  /// The dot product Σ xᵢ·yᵢ of two vectors of the same length.
  ///
  /// - Complexity: O(n).
  public static func dot(_ x: [Float], _ y: [Float]) -> Float {
    precondition(x.count == y.count, "A dot product of \(x.count) and \(y.count) elements does not exist.")
    return deepen_sdot(Int32(x.count), x, y)
  }

  /// M·x: `[rows × columns]` · `[columns]` → `[rows]`.
  ///
  /// - Complexity: O(rows · columns).
  public static func multiply(_ matrix: Matrix, _ x: [Float]) -> [Float] {
    precondition(x.count == matrix.columns, "\(matrix.columns) columns need as many factors, not \(x.count).")
    return sgemv(matrix, x, transposes: false, count: matrix.rows)
  }

  /// x·M: `[rows]` · `[rows × columns]` → `[columns]`.
  ///
  /// - Complexity: O(rows · columns).
  public static func multiply(_ x: [Float], _ matrix: Matrix) -> [Float] {
    precondition(x.count == matrix.rows, "\(matrix.rows) rows need as many factors, not \(x.count).")
    return sgemv(matrix, x, transposes: true, count: matrix.columns)
  }

  private static func sgemv(_ matrix: Matrix, _ x: [Float], transposes: Bool, count: Int) -> [Float] {
    guard matrix.rows > 0, matrix.columns > 0 else { return Array(repeating: 0, count: count) }
    return Array(unsafeUninitializedCapacity: count) { y, initialized in
      y.initialize(repeating: 0)
      deepen_sgemv(
        transposes ? 1 : 0, Int32(matrix.rows), Int32(matrix.columns), 1, matrix.elements, Int32(matrix.columns), x, 0,
        y.baseAddress)
      initialized = count
    }
  }

  /// A·B: `[m × k]` · `[k × n]` → `[m × n]`.
  ///
  /// - Complexity: O(m · n · k).
  public static func multiply(_ a: Matrix, _ b: Matrix) -> Matrix {
    var product = Matrix(rows: a.rows, columns: b.columns)
    product.elements.withUnsafeMutableBufferPointer { add(1, times: a, b, to: $0) }
    return product
  }

  /// A·Bᵀ: `[m × k]` · `[n × k]`ᵀ → `[m × n]`: the dot product of each row of A with each row of B.
  ///
  /// - Complexity: O(m · n · k).
  public static func multiplyTransposed(_ a: Matrix, _ b: Matrix) -> Matrix {
    Matrix(
      rows: a.rows, columns: b.rows,
      known: Array(unsafeUninitializedCapacity: a.rows * b.rows) { result, initialized in
        multiplyTransposed(a, b, into: result)
        initialized = a.rows * b.rows
      })
  }

  /// A·Bᵀ, written to memory of `a.rows * b.rows` elements: for results that are built block by block.
  ///
  /// - Complexity: O(m · n · k).
  public static func multiplyTransposed(_ a: Matrix, _ b: Matrix, into result: inout MutableSpan<Float>) {
    result.withUnsafeMutableBufferPointer { multiplyTransposed(a, b, into: $0) }
  }

  /// The same for memory that need not be initialised: all threads of the product then write its pages first.
  package static func multiplyTransposed(_ a: Matrix, _ b: Matrix, into result: UnsafeMutableBufferPointer<Float>) {
    precondition(a.columns == b.columns, "Rows of \(a.columns) and \(b.columns) elements have no dot product.")
    precondition(result.count == a.rows * b.rows, "The result has \(a.rows * b.rows) elements, not \(result.count).")
    guard !result.isEmpty else { return }
    // For a single row or column, libraries may call a product with a vector, and some of those read the result's
    // memory.
    if a.columns == 0 || a.rows == 1 || b.rows == 1 { result.initialize(repeating: 0) }
    guard a.columns > 0 else { return }
    deepen_sgemm(
      1, Int32(a.rows), Int32(b.rows), Int32(a.columns), 1, a.elements, Int32(a.columns), b.elements, Int32(b.columns),
      0, result.baseAddress, Int32(b.rows))
  }

  /// C ← C + factor·A·B: `[m × k]` · `[k × n]`, in memory of `a.rows * b.columns` elements.
  ///
  /// - Complexity: O(m · n · k).
  package static func add(
    _ factor: Float, times a: Matrix, _ b: Matrix, to result: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(a.columns == b.rows, "\(a.columns) columns and \(b.rows) rows do not fit.")
    precondition(result.count == a.rows * b.columns, "The result has \(a.rows * b.columns) elements.")
    guard !result.isEmpty, a.columns > 0 else { return }
    deepen_sgemm(
      0, Int32(a.rows), Int32(b.columns), Int32(a.columns), factor, a.elements, Int32(a.columns), b.elements,
      Int32(b.columns), 1, result.baseAddress, Int32(b.columns))
  }

  /// A·Bᵀ of a block of rows in memory, `[m × k]`, with the rows of a matrix, `[n × k]`.
  ///
  /// - Complexity: O(m · n · k).
  package static func multiplyTransposed(_ a: UnsafeBufferPointer<Float>, rows: Int, _ b: Matrix) -> Matrix {
    precondition(a.count == rows * b.columns, "\(rows) rows of \(b.columns) elements are not \(a.count) elements.")
    return Matrix(
      rows: rows, columns: b.rows,
      known: Array(unsafeUninitializedCapacity: rows * b.rows) { result, initialized in
        result.initialize(repeating: 0)
        initialized = rows * b.rows
        guard !result.isEmpty, b.columns > 0 else { return }
        deepen_sgemm(
          1, Int32(rows), Int32(b.rows), Int32(b.columns), 1, a.baseAddress, Int32(b.columns), b.elements,
          Int32(b.columns), 0, result.baseAddress, Int32(b.rows))
      })
  }
}
