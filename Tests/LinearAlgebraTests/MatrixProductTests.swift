import LinearAlgebra
import Testing

/// The library's own products against those of BLAS and against exact ones. The error of a product of n terms is at
/// most about n·ε·Σ |terms|, in whatever order they are added (Higham, doi:10.1137/1.9780898718027).
struct MatrixProductTests {
  /// Shapes around the kernels' rows and lanes, and some that are divided among threads.
  static let shapes = [
    (0, 0), (0, 3), (3, 0), (1, 1), (1, 17), (17, 1), (3, 15), (4, 16), (5, 33), (7, 5), (8, 31), (9, 64), (45, 37),
    (1, 5001), (5001, 1), (261, 2003),
    (8051, 65),
  ]

  @Test(arguments: shapes, [1, 2, 3]) func productsAreThoseOfBLAS(_ shape: (Int, Int), threads: Int) {
    let (rows, columns) = shape
    let workers = Workers(count: threads)
    let matrix = Matrix(rows: rows, columns: columns, known: numbers(rows * columns, seed: 1))
    let (left, right) = (numbers(rows, seed: 2), numbers(columns, seed: 3))
    check(MatrixProducts.multiply(matrix, right, workers: workers), BLAS.multiply(matrix, right), rows, columns) {
      Double(matrix[$0, $1]) * Double(right[$1])
    }
    check(MatrixProducts.multiply(left, matrix, workers: workers), BLAS.multiply(left, matrix), columns, rows) {
      Double(left[$1]) * Double(matrix[$1, $0])
    }
  }

  @Test func threadsDoNotChangeARow() {
    let matrix = Matrix(rows: 2503, columns: 517, known: numbers(2503 * 517, seed: 4))
    let values = numbers(517, seed: 5)
    let results = [1, 2, 3, 5].map { MatrixProducts.multiply(matrix, values, workers: Workers(count: $0)) }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(arguments: [(5, 19), (12, 16), (1, 40), (2003, 101)], [Float.nan, .infinity, -.infinity])
  func nonFiniteValuesStayNonFinite(_ shape: (Int, Int), bad: Float) {
    let (rows, columns) = shape
    for element in [0, rows * columns / 2, rows * columns - 1] {
      var matrix = Matrix(rows: rows, columns: columns, known: numbers(rows * columns, seed: 6))
      matrix.elements[element] = bad
      for factor: Float in [1, -1, 0, .infinity] {
        let (left, right) = ([Float](repeating: factor, count: rows), [Float](repeating: factor, count: columns))
        let wrongRows = MatrixProducts.multiply(matrix, right).enumerated().filter { row, value in
          !isLike(value, matrix.row(row).reduce(0.0) { $0 + Double($1) * Double(factor) })
        }
        #expect(wrongRows.isEmpty)
        let wrongColumns = MatrixProducts.multiply(left, matrix).enumerated().filter { column, value in
          !isLike(value, (0..<rows).reduce(0.0) { $0 + Double(matrix[$1, column]) * Double(factor) })
        }
        #expect(wrongColumns.isEmpty)
      }
    }
  }

  @Test func lengthsMustFit() async {
    await #expect(processExitsWith: .failure) { _ = MatrixProducts.multiply(Matrix(rows: 2, columns: 2), [1]) }
    await #expect(processExitsWith: .failure) { _ = MatrixProducts.multiply([1, 2, 3], Matrix(rows: 2, columns: 2)) }
  }

  /// Numbers of both signs and of very different sizes, some of them zero.
  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    randomFloats(count, in: -1...1, seed: seed).enumerated().map { element, number in
      element % 11 == 4 ? 0 : element % 7 == 3 ? number * 1e-6 : number
    }
  }

  private func check(
    _ own: [Float], _ reference: [Float], _ count: Int, _ length: Int, term: (_ element: Int, _ index: Int) -> Double
  ) {
    #expect(own.count == count && reference.count == count)
    let wrong = (0..<count).filter { element in
      var (exact, magnitude) = (0.0, 0.0)
      for index in 0..<length {
        exact += term(element, index)
        magnitude += abs(term(element, index))
      }
      let allowed = Double(length) * Double(Float.ulpOfOne) * magnitude
      return !(abs(Double(own[element]) - exact) <= allowed && abs(Double(reference[element]) - exact) <= allowed)
    }
    #expect(wrong.isEmpty)
  }

  /// NaN where it must be, the same infinity, or the same number up to rounding.
  private func isLike(_ value: Float, _ exact: Double) -> Bool {
    if exact.isFinite { return abs(Double(value) - exact) <= 1e-3 }
    return exact.isNaN ? value.isNaN : Double(value) == exact
  }
}
