import Foundation
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

struct CosineAlignmentTests {
  /// A random table and anchors; some rows without a direction.
  struct Case: CustomTestStringConvertible {
    var table: Matrix
    var vocabularyCount: Int
    var anchorIDs: [TokenID]
    var options: CosineAlignment.Options
    var testDescription: String {
      "V \(vocabularyCount), A \(anchorIDs.count), d \(table.columns), τ \(options.temperature), "
        + "\(options.normalisesRows)"
    }

    init(seed: UInt64) {
      var generator = SplitMix64(seed: seed)
      let one = seed % 4
      vocabularyCount = one == 0 ? 1 : Int.random(in: 1...60, using: &generator)
      let dimension = one == 1 ? 1 : Int.random(in: 1...40, using: &generator)
      let anchors = one == 2 ? 1 : Int.random(in: 1...70, using: &generator)
      let rows = vocabularyCount + Int.random(in: 0...3, using: &generator)
      table = Matrix(
        rows: rows, columns: dimension,
        known: (0..<rows * dimension).map { _ in Float.random(in: -2...2, using: &generator) })
      for row in 0..<rows {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: for column in 0..<dimension { table[row, column] = 0 }
        case 1: table[row, Int.random(in: 0..<dimension, using: &generator)] = .nan
        case 2: table[row, Int.random(in: 0..<dimension, using: &generator)] = -.infinity
        default: break
        }
      }
      let vocabulary = 0..<vocabularyCount
      anchorIDs = (0..<anchors).map { _ in Int.random(in: vocabulary, using: &generator) }
      options = CosineAlignment.Options(
        temperature: [1, 10, 100][Int.random(in: 0..<3, using: &generator)],
        normalisesRows: Bool.random(using: &generator))
    }

    /// The formulas in double precision and plain loops.
    func exactMatrix() -> [[Double]] {
      let directions = (0..<vocabularyCount).map { row in
        let values = table.row(row).map(Double.init)
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 && length.isFinite ? values.map { $0 / length } : values.map { _ in 0 }
      }
      return directions.map { token in
        var cosines = anchorIDs.map { anchor in zip(token, directions[anchor]).reduce(0) { $0 + $1.0 * $1.1 } }
        let length = cosines.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if options.normalisesRows, length > 0 { cosines = cosines.map { $0 / length } }
        let exponentials = cosines.map { exp(Double(options.temperature) * $0) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
      }
    }
  }

  @Test(arguments: (0..<40).map { Case(seed: $0) })
  func equalsTheFormulas(_ example: Case) throws {
    let alignment = try CosineAlignment(
      embeddings: example.table, vocabularyCount: example.vocabularyCount, anchorIDs: example.anchorIDs,
      options: example.options)
    #expect(alignment.vocabularyCount == example.vocabularyCount)
    #expect(alignment.anchorCount == example.anchorIDs.count)
    for (row, exact) in example.exactMatrix().enumerated() {
      for (anchor, value) in exact.enumerated() {
        #expect(abs(Double(alignment.matrix[row, anchor]) - value) < 3e-5)
      }
      #expect(abs(alignment.matrix.row(row).reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test(arguments: 0..<20)
  func projectionAndItsTranspose(_ seed: Int) throws {
    let example = Case(seed: UInt64(seed))
    let alignment = try CosineAlignment(
      embeddings: example.table, vocabularyCount: example.vocabularyCount, anchorIDs: example.anchorIDs)
    var generator = SplitMix64(seed: UInt64(seed))
    let logits = (0..<alignment.vocabularyCount).map { _ in Float.random(in: -4...4, using: &generator) }
    let distribution = try softmax(logits)
    let values = (0..<alignment.anchorCount).map { _ in Float.random(in: -1...1, using: &generator) }
    let relative = alignment.project(distribution)
    #expect(relative.allSatisfy { $0 >= 0 })
    #expect(abs(relative.reduce(0, +) - 1) < 1e-5)
    #expect(abs(BLAS.dot(relative, values) - BLAS.dot(distribution, alignment.pullBack(values))) < 1e-5)
  }

  @Test func rowsWithoutDirectionAreUniformAndCounted() throws {
    let table = Matrix(rows: 5, columns: 2, known: [0, 0, 1, .nan, .infinity, 1, 3, 4, 4, -3])
    let alignment = try CosineAlignment(embeddings: table, vocabularyCount: 5, anchorIDs: [0, 2, 3, 4])
    for row in 0..<3 { #expect(Array(alignment.matrix.row(row)) == [0.25, 0.25, 0.25, 0.25]) }
    #expect(alignment.matrix[3, 2] > 0.999)
    #expect(alignment.diagnostics.zeroRows == 1)
    #expect(alignment.diagnostics.nonFiniteRows == 2)
    #expect(alignment.diagnostics.anchorsWithoutDirection == 2)
  }

  @Test func manyBlocksEqualOne() throws {
    let (rows, dimension) = (9001, 3)
    var generator = SplitMix64(seed: 5)
    let table = Matrix(
      rows: rows, columns: dimension,
      known: (0..<rows * dimension).map { _ in Float.random(in: -1...1, using: &generator) })
    let anchorIDs = [9000, 0, 4095, 4096, 4097, 700]
    var shares: [Double] = []
    let alignment = try CosineAlignment(
      embeddings: table, vocabularyCount: rows, anchorIDs: anchorIDs, progress: { shares.append($0) })
    #expect(shares.count > 1)
    #expect(shares == shares.sorted())
    #expect(shares.last == 1)
    for row in [0, 4095, 4096, 8191, 8192, 9000] {
      // The row among the anchors' rows only: a table of one block.
      var small = Matrix(rows: anchorIDs.count + 1, columns: dimension)
      for (index, id) in (anchorIDs + [row]).enumerated() {
        for column in 0..<dimension { small[index, column] = table[id, column] }
      }
      let alone = try CosineAlignment(
        embeddings: small, vocabularyCount: small.rows, anchorIDs: Array(anchorIDs.indices))
      for anchor in anchorIDs.indices {
        #expect(abs(alone.matrix[anchorIDs.count, anchor] - alignment.matrix[row, anchor]) < 1e-6)
      }
    }
  }

  @Test func switchedOffOptionsAreTheSoftmaxAlone() throws {
    let table = Matrix(rows: 2, columns: 2, known: [1, 0, 0, 2])
    let plain = try CosineAlignment(
      embeddings: table, vocabularyCount: 2, anchorIDs: [0, 1],
      options: .init(temperature: 1, normalisesRows: false))
    #expect(abs(plain.matrix[0, 0] - 0.731_058_6) < 1e-6)
    #expect(plain.matrix[0, 0] == plain.matrix[1, 1])
  }

  @Test func cancellationStopsTheBuilding() async {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try CosineAlignment(embeddings: Matrix(rows: 2, columns: 2), vocabularyCount: 2, anchorIDs: [0])
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
