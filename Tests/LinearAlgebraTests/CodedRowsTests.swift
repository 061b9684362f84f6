import LinearAlgebra
import Testing

@Suite(.serialized)
struct CodedRowsTests {
  @Test(arguments: [1, 15, 16, 17, 63, 64, 100, 896], [1, 2, 3, 4, 5, 9])
  func productsAreThoseOfTheNumbersThatCodesStandFor(length: Int, queryCount: Int) {
    let count = 37
    let rows = Matrix(
      rows: count, columns: length, elements: randomFloats(count * length, in: -2...2, seed: UInt64(length)))
    let queries = Matrix(
      rows: queryCount, columns: length, elements: randomFloats(queryCount * length, in: -1...1, seed: 9))
    var codes = [Int8](repeating: 0, count: count * length)
    let scales = (0..<count).map { row in
      codes.withUnsafeMutableBufferPointer { codes in
        Array(rows.row(row)).withUnsafeBufferPointer { numbers in
          CodedRows.code(
            numbers, into: UnsafeMutableBufferPointer(rebasing: codes[row * length..<(row + 1) * length]))
        }
      }
    }
    let results = (0..<queryCount).map { _ in UnsafeMutablePointer<Float>.allocate(capacity: count) }
    defer { results.forEach { $0.deallocate() } }
    codes.withUnsafeBufferPointer { codes in
      scales.withUnsafeBufferPointer { CodedRows.products(of: codes, scales: $0, with: queries, into: results) }
    }
    for row in 0..<count {
      let coded = (0..<length).map { Float(codes[row * length + $0]) * scales[row] }
      for (number, wanted) in zip(coded, rows.row(row)) { #expect(abs(number - wanted) <= 0.51 * scales[row]) }
      for query in 0..<queryCount {
        // The query is rounded to 2047 steps of its largest number.
        let largest = queries.row(query).reduce(0) { max($0, abs($1)) }
        let rounding = Double(largest) / 2047 * 0.51 * coded.reduce(0.0) { $0 + abs(Double($1)) }
        let exact = zip(coded, queries.row(query)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(Double(results[query][row]) - exact) <= rounding + 1e-5 * abs(exact) + 1e-6)
      }
    }
  }

  @Test func rowsOfZerosHaveNoProducts() {
    let scales: [Float] = [0, 0]
    let codes = [Int8](repeating: 0, count: 40)
    let result = UnsafeMutablePointer<Float>.allocate(capacity: 2)
    defer { result.deallocate() }
    codes.withUnsafeBufferPointer { codes in
      scales.withUnsafeBufferPointer {
        CodedRows.products(of: codes, scales: $0, with: Matrix(rows: 1, columns: 20, repeating: 1), into: [result])
      }
    }
    #expect(result[0] == 0 && result[1] == 0)
  }
}
