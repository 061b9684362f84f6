import LinearAlgebra
import Testing

struct CodedRowsTests {
  /// Rows, turned and coded.
  private struct Coded {
    let rows: Matrix
    let width: Int
    var planes: [CodedRows.Plane: [UInt8]] = [:]
    var scales: [Float] = []

    init(_ rows: Matrix) {
      self.rows = rows
      width = CodedRows.planeWidth(length: rows.columns)
      var (coarse, fine) = ([UInt8](), [UInt8]())
      for row in 0..<rows.rows {
        var turned = Array(rows.row(row))
        var (upper, lower) = ([UInt8](repeating: 7, count: width), [UInt8](repeating: 7, count: width))
        turned.withUnsafeMutableBufferPointer { turned in
          CodedRows.rotate(turned)
          upper.withUnsafeMutableBufferPointer { upper in
            lower.withUnsafeMutableBufferPointer { lower in
              scales.append(CodedRows.code(UnsafeBufferPointer(turned), coarse: upper, fine: lower))
            }
          }
        }
        coarse += upper
        fine += lower
      }
      planes = [.coarse: coarse, .fine: fine]
    }

    /// Each row's products with the queries, `[queries][rows]`, of some planes.
    func products(_ kinds: [CodedRows.Plane], with queries: CodedRows.Queries) -> [[Float]] {
      let memory = (0..<queries.count).map { _ in UnsafeMutablePointer<Float>.allocate(capacity: rows.rows) }
      defer { memory.forEach { $0.deallocate() } }
      for results in memory { results.initialize(repeating: 0, count: rows.rows) }
      for kind in kinds {
        planes[kind]?.withUnsafeBufferPointer { plane in
          scales.withUnsafeBufferPointer { scales in
            CodedRows.addProducts(of: plane, kind, scales: scales, with: queries, to: memory)
          }
        }
      }
      return memory.map { Array(UnsafeBufferPointer(start: $0, count: rows.rows)) }
    }
  }

  /// Queries of rows that were not turned.
  private func asked(_ rows: Matrix) -> CodedRows.Queries {
    var turned = rows
    turned.elements.withUnsafeMutableBufferPointer { elements in
      for row in 0..<rows.rows {
        CodedRows.rotate(UnsafeMutableBufferPointer(rebasing: elements[row * rows.columns..<(row + 1) * rows.columns]))
      }
    }
    return CodedRows.Queries(turned: turned)
  }

  private func length(_ x: some Sequence<Float>) -> Double {
    x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  private func product(_ x: some Sequence<Float>, _ y: some Sequence<Float>) -> Double {
    zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }

  @Test(arguments: [1, 2, 3, 63, 64, 65, 100, 896, 1000])
  func turningKeepsLengthsAndProducts(length count: Int) {
    let numbers = Matrix(rows: 2, columns: count, elements: randomFloats(2 * count, in: -2...2, seed: UInt64(count)))
    let turned = (0..<2).map { row in
      var turned = Array(numbers.row(row))
      turned.withUnsafeMutableBufferPointer { CodedRows.rotate($0) }
      return turned
    }
    let scale = length(numbers.row(0)) * length(numbers.row(1))
    #expect(abs(product(turned[0], turned[1]) - product(numbers.row(0), numbers.row(1))) <= 1e-5 * scale)
    #expect(abs(length(turned[0]) - length(numbers.row(0))) <= 1e-5 * length(numbers.row(0)))
  }

  @Test(arguments: [64, 100, 896])
  func turningLeavesNoElementMuchLargerThanTheOthers(length count: Int) {
    for place in [0, count / 2, count - 1] {
      var peak = [Float](repeating: 0, count: count)
      peak[place] = 1
      peak.withUnsafeMutableBufferPointer { CodedRows.rotate($0) }
      #expect(peak.map { abs($0) }.max() ?? 1 < 8 / Float(count).squareRoot())
    }
  }

  /// The cosines' errors, as the bits that are kept say: products of numbers that are spread evenly in all directions.
  @Test(arguments: [1, 15, 16, 17, 63, 64, 65, 100, 128, 896, 1000], [1, 2, 3, 4, 5, 9])
  func productsAreThoseOfTheRows(length count: Int, queryCount: Int) {
    let rows = Matrix(rows: 37, columns: count, elements: randomFloats(37 * count, in: -2...2, seed: UInt64(count)))
    let wanted = Matrix(
      rows: queryCount, columns: count, elements: randomFloats(queryCount * count, in: -1...1, seed: 9))
    let (coded, queries) = (Coded(rows), asked(wanted))
    for (kinds, tolerance) in [([CodedRows.Plane.coarse], 0.07), ([.coarse, .fine], 0.01)] {
      for (query, products) in coded.products(kinds, with: queries).enumerated() {
        var (errors, scales) = (0.0, 0.0)
        for row in 0..<rows.rows {
          let error = Double(products[row]) - product(rows.row(row), wanted.row(query))
          let scale = length(rows.row(row)) * length(wanted.row(query))
          // An element is off by half a step at most: 1/15 of the largest, or 1/255 of it and 1/254 of the query's.
          #expect(abs(error) <= tolerance * scale * Double(count).squareRoot())
          errors += error * error
          scales += scale * scale
        }
        #expect(errors.squareRoot() <= 3 * tolerance * scales.squareRoot() / Double(count).squareRoot() + tolerance / 5)
      }
    }
  }

  /// The fine plane brings products at least five times closer.
  @Test func theFinePlaneAddsExactness() {
    let rows = Matrix(rows: 64, columns: 896, elements: randomFloats(64 * 896, in: -1...1, seed: 3))
    let wanted = Matrix(rows: 1, columns: 896, elements: randomFloats(896, in: -1...1, seed: 4))
    let (coded, queries) = (Coded(rows), asked(wanted))
    func error(_ kinds: [CodedRows.Plane]) -> Double {
      coded.products(kinds, with: queries)[0].enumerated().reduce(0.0) { sum, found in
        sum + abs(Double(found.element) - product(rows.row(found.offset), wanted.row(0)))
      }
    }
    #expect(error([.coarse, .fine]) < error([.coarse]) / 5)
  }

  @Test(arguments: [1, 63, 64, 100, 896])
  func decodedRowsAreWithinHalfAStep(length count: Int) {
    let rows = Matrix(rows: 3, columns: count, elements: randomFloats(3 * count, in: -2...2, seed: 8))
    let coded = Coded(rows)
    guard let coarse = coded.planes[.coarse], let fine = coded.planes[.fine] else { return }
    for row in 0..<3 {
      var (turned, decoded) = (Array(rows.row(row)), [Float](repeating: 0, count: count))
      turned.withUnsafeMutableBufferPointer { CodedRows.rotate($0) }
      let bytes = row * coded.width..<(row + 1) * coded.width
      coarse.withUnsafeBufferPointer { coarse in
        fine.withUnsafeBufferPointer { fine in
          decoded.withUnsafeMutableBufferPointer { decoded in
            CodedRows.decode(
              coarse: UnsafeBufferPointer(rebasing: coarse[bytes]), fine: UnsafeBufferPointer(rebasing: fine[bytes]),
              scale: coded.scales[row], into: decoded)
          }
        }
      }
      for (one, other) in zip(turned, decoded) { #expect(abs(one - other) <= 0.51 * coded.scales[row]) }
    }
  }

  @Test func someQueriesAreAskedAlone() {
    let coded = Coded(Matrix(rows: 5, columns: 70, elements: randomFloats(350, in: -1...1, seed: 5)))
    let queries = asked(Matrix(rows: 4, columns: 70, elements: randomFloats(280, in: -1...1, seed: 6)))
    let all = coded.products([.coarse, .fine], with: queries)
    #expect(coded.products([.coarse, .fine], with: queries[[2, 0]]) == [all[2], all[0]])
    #expect(coded.products([.coarse], with: queries[[]]).isEmpty)
  }

  @Test func rowsOfZerosHaveNoProducts() {
    let coded = Coded(Matrix(rows: 2, columns: 20))
    let queries = asked(Matrix(rows: 2, columns: 20, elements: randomFloats(40, in: -1...1, seed: 7)))
    for products in coded.products([.coarse, .fine], with: queries) { #expect(products == [0, 0]) }
    let nothing = Coded(Matrix(rows: 2, columns: 20, repeating: 1))
    let zeros = asked(Matrix(rows: 1, columns: 20))
    #expect(nothing.products([.coarse, .fine], with: zeros) == [[0, 0]])
  }
}
