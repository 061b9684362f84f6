import LinearAlgebra
import Testing

@Suite(.serialized)
struct BLASTests {
  @Test(arguments: [(2, 2, 3), (-1, 2, 0), (2, -1, 0), (-1, -1, 1), (.max, 2, 0), (0, 3, 1)])
  func aMatrixWhoseLengthsDoNotFitIsThrown(_ rows: Int, _ columns: Int, _ count: Int) {
    let error = #expect(throws: LinearAlgebraError.self) {
      try Matrix(rows: rows, columns: columns, elements: [Float](repeating: 1, count: count))
    }
    #expect(error?.code == .sizeMismatch && error?.problem.contains("\(count) elements") == true)
  }

  static let shapes = [(1, 1, 1), (1, 7, 3), (7, 1, 3), (5, 4, 1), (16, 16, 16), (33, 19, 65), (2, 100, 40)]

  @Test(arguments: shapes)
  func productsEqualPlainLoops(_ shape: (Int, Int, Int)) {
    let (m, n, k) = shape
    let a = Matrix(rows: m, columns: k, known: randomFloats(m * k, in: -1...1, seed: 1))
    let b = Matrix(rows: n, columns: k, known: randomFloats(n * k, in: -1...1, seed: 2))
    let product = BLAS.multiplyTransposed(a, b)
    #expect((product.rows, product.columns) == (m, n))
    for row in 0..<m {
      for column in 0..<n {
        #expect(abs(Double(product[row, column]) - exactDot(a.row(row), b.row(column))) < 1e-4)
        #expect(abs(product[row, column] - BLAS.dot(Array(a.row(row)), Array(b.row(column)))) < 1e-4)
      }
    }
    let transposed = Matrix(rows: k, columns: n, known: (0..<k * n).map { b[$0 % n, $0 / n] })
    for (one, other) in zip(BLAS.multiply(a, transposed).elements, product.elements) {
      #expect(abs(one - other) < 1e-4)
    }
    let x = randomFloats(k, in: -1...1, seed: 3)
    for (row, value) in BLAS.multiply(a, x).enumerated() {
      #expect(abs(Double(value) - exactDot(a.row(row), x[...])) < 1e-4)
    }
    let y = randomFloats(m, in: -1...1, seed: 4)
    for (column, value) in BLAS.multiply(y, a).enumerated() {
      let exact = (0..<m).reduce(0) { $0 + Double(y[$1]) * Double(a[$1, column]) }
      #expect(abs(Double(value) - exact) < 1e-4)
    }
  }

  @Test func emptyProductsAreZero() {
    let none = Matrix(rows: 0, columns: 3)
    #expect(BLAS.multiply(none, [1, 2, 3]).isEmpty)
    #expect(BLAS.multiply([], none) == [0, 0, 0])
    #expect(BLAS.multiplyTransposed(none, Matrix(rows: 2, columns: 3)).elements.isEmpty)
    let flat = BLAS.multiplyTransposed(Matrix(rows: 2, columns: 0), Matrix(rows: 3, columns: 0))
    #expect(flat == Matrix(rows: 2, columns: 3))
    #expect(BLAS.dot([], []) == 0)
  }

  /// The earlier contents of a product's memory do not affect it.
  @Test(arguments: [(1, 1, 3), (1, 40, 17), (40, 1, 17), (7, 9, 0), (2, 2, 1), (33, 65, 129), (300, 500, 64)])
  func memoryIsWrittenToUnread(_ shape: (Int, Int, Int)) {
    let (m, n, k) = shape
    let a = Matrix(rows: m, columns: k, known: randomFloats(m * k, in: -1...1, seed: 5))
    let b = Matrix(rows: n, columns: k, known: randomFloats(n * k, in: -1...1, seed: 6))
    for garbage in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      var result = [Float](repeating: garbage, count: m * n)
      result.withUnsafeMutableBufferPointer { BLAS.multiplyTransposed(a, b, into: $0) }
      #expect(result == BLAS.multiplyTransposed(a, b).elements)
    }
  }

  @Test func lengthsMustFit() async {
    await #expect(processExitsWith: .failure) { _ = BLAS.dot([1, 2], [1]) }
    await #expect(processExitsWith: .failure) { _ = BLAS.multiply(Matrix(rows: 2, columns: 2), [1]) }
    await #expect(processExitsWith: .failure) { _ = Matrix(rows: 2, columns: 2, known: [1, 2, 3]) }
  }

  @Test func libraryAndThreads() {
    #expect(!BLAS.libraryDescription.isEmpty)
    let before = BLAS.threadCount
    guard before > 0 else { return }  // Accelerate decides itself.
    defer { BLAS.threadCount = before }
    BLAS.threadCount = 1
    #expect(BLAS.threadCount == 1)
  }

  @Test func matrixElements() {
    var matrix = Matrix(rows: 2, columns: 3, known: [1, 2, 3, 4, 5, 6])
    matrix[1, 0] = 9
    #expect(Array(matrix.row(1)) == [9, 5, 6])
    #expect(matrix[0, 2] == 3)
  }

  private func exactDot(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Double {
    zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
