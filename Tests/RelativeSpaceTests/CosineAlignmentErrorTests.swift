import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

struct CosineAlignmentErrorTests {
  let table = Matrix(rows: 4, columns: 2, repeating: 1)

  @Test func sizesMustFit() {
    #expect(code { try make(vocabularyCount: 5) } == .sizeMismatch)
    #expect(code { try make(vocabularyCount: 0) } == .sizeMismatch)
    #expect(code { try make(anchorIDs: []) } == .noAnchors)
    #expect(code { try make(anchorIDs: [0, 4]) } == .sizeMismatch)
    #expect(code { try make(anchorIDs: [-1]) } == .sizeMismatch)
    #expect(code { try make(table: Matrix(rows: 4, columns: 0)) } == .sizeMismatch)
  }

  @Test(arguments: [Float(0), -1, .nan, .infinity])
  func temperatureMustBePositive(_ temperature: Float) {
    #expect(code { try make(options: .init(temperature: temperature)) } == .invalidOption)
  }

  @Test func memoryIsEstimatedFirst() {
    let error = #expect(throws: RelativeSpaceError.self) {
      try make(table: RefusingTable(count: 4), anchorIDs: [0, 1, 2], options: .init(memoryLimit: 40))
    }
    #expect(error?.code == .memoryLimit)
    #expect(error?.description.contains("48 bytes") == true)
    #expect(error?.remedy.contains("about 2 fit") == true)
    #expect(CosineAlignment.byteCount(vocabularyCount: .max, anchorCount: 2) == .max)
    #expect(throws: Never.self) { try make(options: .init(memoryLimit: 16)) }
  }

  @Test func theTablesErrorsComeThrough() {
    #expect(throws: BackendError.self) { try make(table: RefusingTable(count: 4)) }
    #expect(code { try make(table: LyingTable()) } == .sizeMismatch)
  }

  private func make(
    table: (any EmbeddingTable)? = nil, vocabularyCount: Int = 4, anchorIDs: [TokenID] = [1],
    options: CosineAlignment.Options = .init()
  ) throws -> CosineAlignment {
    try CosineAlignment(
      embeddings: table ?? self.table, vocabularyCount: vocabularyCount, anchorIDs: anchorIDs, options: options)
  }
}

/// A table that cannot be read.
private struct RefusingTable: EmbeddingTable {
  var count: Int
  var dimension: Int { 2 }

  func rows(_ range: Range<Int>) throws -> Matrix {
    throw BackendError(.invalidFile, in: "table", "cannot be read", remedy: "Nothing to do.")
  }
}

/// A table that gives fewer rows than asked for.
private struct LyingTable: EmbeddingTable {
  var count: Int { 4 }
  var dimension: Int { 2 }

  func rows(_ range: Range<Int>) -> Matrix { Matrix(rows: range.count - 1, columns: 2) }
}

func code(_ body: () throws -> some Any) -> RelativeSpaceError.Code? {
  let error = #expect(throws: RelativeSpaceError.self) { _ = try body() }
  #expect(error?.description.hasSuffix(".") == true)
  return error?.code
}
