import AlignmentKernels
import LinearAlgebra
import Testing

struct QuantisedRowsTests {
  /// Rows, rotated and quantised.
  private struct Quantised {
    let rows: Matrix
    let quantised: QuantisedRows

    init(_ rows: Matrix) {
      self.rows = rows
      let width = QuantisedRows.planeWidth(length: rows.columns)
      quantised = QuantisedRows(
        length: rows.columns,
        codes: StoredArray([UInt8](repeating: 7, count: QuantisedRows.planes * rows.rows * width)),
        scales: StoredArray([Float](repeating: 7, count: QuantisedRows.planes * rows.rows)))
      for row in 0..<rows.rows { quantised.quantise(rotated(Array(rows.row(row))).span, as: row) }
    }

    /// Each row's products with the queries, `[queries][rows]`.
    func products(with queries: [QuantisedRows.Query]) -> [[Float]] {
      let results = queries.map { _ in StoredArray([Float](repeating: .nan, count: rows.rows)) }
      quantised.products(with: queries, to: results, workers: .all)
      return results.map(\.elements)
    }
  }

  private static func rotated(_ x: [Float]) -> [Float] {
    var rotated = x
    var span = rotated.mutableSpan
    QuantisedRows.rotate(&span)
    return rotated
  }

  /// Queries for rows that were not rotated.
  private func makeQueries(of rows: Matrix, planes: Int) -> [QuantisedRows.Query] {
    (0..<rows.rows).map { QuantisedRows.Query(rotated: Self.rotated(Array(rows.row($0))), planes: planes) }
  }

  private func length(_ x: some Sequence<Float>) -> Double {
    x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  private func product(_ x: some Sequence<Float>, _ y: some Sequence<Float>) -> Double {
    zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }

  @Test(arguments: [1, 2, 3, 63, 64, 65, 100, 896, 1000])
  func rotationKeepsLengthsAndProducts(length count: Int) {
    let numbers = Matrix(rows: 2, columns: count, known: randomFloats(2 * count, in: -2...2, seed: UInt64(count)))
    let rotated = (0..<2).map { Self.rotated(Array(numbers.row($0))) }
    let scale = length(numbers.row(0)) * length(numbers.row(1))
    #expect(abs(product(rotated[0], rotated[1]) - product(numbers.row(0), numbers.row(1))) <= 1e-5 * scale)
    #expect(abs(length(rotated[0]) - length(numbers.row(0))) <= 1e-5 * length(numbers.row(0)))
  }

  @Test(arguments: [64, 100, 896])
  func rotationLeavesNoElementMuchLargerThanTheOthers(length count: Int) {
    for index in [0, count / 2, count - 1] {
      var peak = [Float](repeating: 0, count: count)
      peak[index] = 1
      #expect(Self.rotated(peak).map { abs($0) }.max() ?? 1 < 8 / Float(count).squareRoot())
    }
  }

  /// The mean error of a product, relative to both lengths and to the root of the number of elements.
  private static let errors = [1: 0.55, 2: 0.16, 3: 0.07]

  /// The products' errors, as predicted from the bits that are read: those of numbers that are spread evenly in all
  /// directions.
  @Test(arguments: [1, 15, 16, 17, 63, 64, 65, 100, 128, 129, 896, 1000], [1, 2, 3, 4, 5, 9])
  func productsAreThoseOfTheRows(length count: Int, queryCount: Int) {
    let rows = Matrix(rows: 37, columns: count, known: randomFloats(37 * count, in: -2...2, seed: UInt64(count)))
    let wanted = Matrix(
      rows: queryCount, columns: count, known: randomFloats(queryCount * count, in: -1...1, seed: 9))
    let quantised = Quantised(rows)
    for (planes, tolerance) in Self.errors {
      for (query, products) in quantised.products(with: makeQueries(of: wanted, planes: planes)).enumerated() {
        var (errors, scales) = (0.0, 0.0)
        for row in 0..<rows.rows {
          let error = Double(products[row]) - product(rows.row(row), wanted.row(query))
          let scale = length(rows.row(row)) * length(wanted.row(query))
          // No more than if the errors of all elements had one sign.
          #expect(abs(error) <= tolerance * scale)
          errors += error * error
          scales += scale * scale
        }
        #expect(errors.squareRoot() <= 1.5 * tolerance * scales.squareRoot() / Double(count).squareRoot())
      }
    }
  }

  /// Each plane reduces the products' errors by a factor of at least two and a half.
  @Test func planesAddExactness() {
    let rows = Matrix(rows: 64, columns: 896, known: randomFloats(64 * 896, in: -1...1, seed: 3))
    let wanted = Matrix(rows: 1, columns: 896, known: randomFloats(896, in: -1...1, seed: 4))
    let quantised = Quantised(rows)
    let errors = (1...QuantisedRows.planes).map { planes in
      quantised.products(with: makeQueries(of: wanted, planes: planes))[0].enumerated().reduce(0.0) { sum, found in
        sum + abs(Double(found.element) - product(rows.row(found.offset), wanted.row(0)))
      }
    }
    #expect(errors[1] < errors[0] / 2.5)
    #expect(errors[2] < errors[1] / 2)
  }

  @Test(arguments: [1, 63, 64, 100, 128, 129, 896])
  func dequantisedRowsAreClose(length count: Int) {
    let rows = Matrix(rows: 3, columns: count, known: randomFloats(3 * count, in: -2...2, seed: 8))
    let quantised = Quantised(rows)
    for row in 0..<3 {
      let rotated = Self.rotated(Array(rows.row(row)))
      var found = [Float](repeating: .nan, count: count)
      var span = found.mutableSpan
      quantised.quantised.dequantise(row, into: &span)
      let error = length(zip(rotated, found).map { $0 - $1 })
      // Few elements lie outside the codes' range, and more of them in short rows.
      #expect(error <= (count < 200 ? 0.15 : 0.06) * length(rotated))
    }
  }

  /// Queries that need different planes, asked together, have the products that each has alone.
  @Test func queriesMayNeedDifferentPlanes() {
    let quantised = Quantised(Matrix(rows: 700, columns: 70, known: randomFloats(49_000, in: -1...1, seed: 5)))
    let wanted = Matrix(rows: 7, columns: 70, known: randomFloats(490, in: -1...1, seed: 6))
    let queries = (0..<7).map { makeQueries(of: wanted, planes: 1 + $0 % 3)[$0] }
    let together = quantised.products(with: queries)
    for (query, products) in zip(queries, together) { #expect(quantised.products(with: [query]) == [products]) }
    #expect(quantised.products(with: []).isEmpty)
  }

  /// All sums are of whole numbers, so every form gives the same result.
  @Test(arguments: [1, 31, 32, 33, 127, 128, 129, 896, 1000], KernelForm.allCases)
  func allFormsAgree(length count: Int, form: KernelForm) {
    let quantised = Quantised(Matrix(rows: 300, columns: count, known: randomFloats(300 * count, in: -1...1, seed: 12)))
    let wanted = Matrix(rows: 6, columns: count, known: randomFloats(6 * count, in: -1...1, seed: 13))
    for planes in 1...QuantisedRows.planes {
      let queries = makeQueries(of: wanted, planes: planes)
      let products = KernelForm.upTo(form) { quantised.products(with: queries) }
      let expected = KernelForm.upTo(.baseline) { quantised.products(with: queries) }
      for (one, other) in zip(products, expected) {
        for (one, other) in zip(one, other) { #expect(abs(one - other) <= 1e-6 * max(1, abs(other))) }
      }
    }
  }

  @Test func rowsOfZerosHaveNoProducts() {
    let quantised = Quantised(Matrix(rows: 2, columns: 20))
    let queries = Matrix(rows: 2, columns: 20, known: randomFloats(40, in: -1...1, seed: 7))
    for planes in 1...QuantisedRows.planes {
      for products in quantised.products(with: makeQueries(of: queries, planes: planes)) {
        #expect(products == [0, 0])
      }
    }
    let ones = Quantised(Matrix(rows: 2, columns: 20, repeating: 1))
    #expect(ones.products(with: makeQueries(of: Matrix(rows: 1, columns: 20), planes: 3)) == [[0, 0]])
  }

  /// One element that is far larger than the others, and elements whose squares leave single precision's range.
  @Test(arguments: [1e-30, 1e-20, 1, 1e18] as [Float])
  func productsFollowTheScale(of rows: Float) {
    let numbers = randomFloats(200, in: -1...1, seed: 14)
    let quantised = Quantised(Matrix(rows: 1, columns: 200, known: numbers.map { $0 * rows }))
    let plain = Quantised(Matrix(rows: 1, columns: 200, known: numbers))
    let wanted = makeQueries(of: Matrix(rows: 1, columns: 200, known: numbers), planes: 3)
    let (found, expected) = (quantised.products(with: wanted)[0][0], plain.products(with: wanted)[0][0])
    #expect(abs(found / rows - expected) <= 0.02 * expected)
  }
}
