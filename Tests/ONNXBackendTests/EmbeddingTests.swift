import LinearAlgebra
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Embeddings")
struct EmbeddingTests {
  @Test("Input embeddings are the ones that the model was made with", arguments: Fixtures.names)
  func input(name: String) throws {
    let expected = try Fixtures.model(name).input
    let table = try Fixtures.finder("\(Fixtures.folder)/\(name).onnx").inputTable()
    try check(table, expected)
  }

  @Test("Output embeddings are the ones that the model was made with", arguments: Fixtures.names)
  func output(name: String) throws {
    let expected = try Fixtures.model(name).output
    let finder = try Fixtures.finder("\(Fixtures.folder)/\(name).onnx")
    try check(try finder.outputTable(), expected)
  }

  @Test("A table can be named, upright or transposed", arguments: ["cached", "external", "int8-rows", "int8-gathered"])
  func named(name: String) throws {
    let expected = try Fixtures.model(name)
    let finder = try Fixtures.finder("\(Fixtures.folder)/\(name).onnx")
    try check(try finder.table(named: "embed"), expected.input)
    try check(try finder.table(named: "head"), expected.output)
  }

  @Test("Tables' origins contain their locations, and differ with them", arguments: Fixtures.names)
  func origins(name: String) throws {
    let file = "\(Fixtures.folder)/\(name).onnx"
    func origins() throws -> [EmbeddingOrigin] {
      let finder = try Fixtures.finder(file)
      return [try #require(try finder.inputTable().origin), try #require(try finder.outputTable().origin)]
    }
    let first = try origins()
    #expect(try origins() == first)
    #expect(first[0].files.allSatisfy { $0 == EmbeddingOrigin.File(path: $0.path) })
    let tables = [try Fixtures.finder(file).inputTable(), try Fixtures.finder(file).outputTable()]
    let rows = try tables.map { try $0.rows(0..<$0.count) }
    #expect(first[0] != first[1] || rows[0] == rows[1])
  }

  @Test("A table in a separate file names that file, and not the graph's")
  func externalOrigin() throws {
    let origin = try Fixtures.finder(Fixtures.folder + "/external.onnx").table(named: "embed").origin
    #expect(origin?.files.count == 1 && origin?.files.first?.path.hasSuffix(".onnx") == false)
  }

  @Test("Other scales make another origin")
  func scaledOrigin() async throws {
    let origins = try await Fixtures.withCopy(["int8-rows.onnx"]) { folder in
      let finder = try Fixtures.finder(folder + "/int8-rows.onnx")
      let table = try finder.table(named: "embed")
      let bytes = try TensorBytes(try #require(finder.graph.constants["embed"]), in: finder.graph.file)
      let others = [1, 2].map { scale in
        StoredTable(
          bytes, tokenAxis: 0,
          quantization: StoredTable.Quantization(
            grain: .token, scales: Array(repeating: scale, count: table.count), zeroPoints: []))
      }
      return [table.origin] + others.map(\.origin)
    }
    #expect(Set(origins.map(\.?.part)).count == 3 && Set(origins.map(\.?.files)).count == 1)
  }

  @Test("An unknown table name is an error that lists the tables", arguments: ["nothing", "q"])
  func misnamed(name: String) throws {
    let finder = try Fixtures.finder(Fixtures.folder + "/cached.onnx")
    let error = #expect(throws: BackendError.self) { try finder.table(named: name) }
    #expect(error?.code == .noEmbeddings)
    #expect(error?.description.contains("embed [20, 8]") == true)
    #expect(error?.description.contains("head [8, 20]") == true)
  }

  @Test("A vocabulary that fits no table is an error")
  func misfit() throws {
    let finder = EmbeddingFinder(
      graph: try GraphFile(path: Fixtures.folder + "/cached.onnx"), tokenInput: "input_ids", logits: "logits",
      vocabularySize: 1000)
    for find in [finder.inputTable, finder.outputTable] {
      let error = #expect(throws: BackendError.self) { try find() }
      #expect(error?.code == .noEmbeddings)
      #expect(error?.description.contains("1000") == true)
    }
  }

  @Test("The backend hands out both tables", .enabled(if: Engine.isInstalled, Engine.advice))
  func backend() throws {
    let expected = try Fixtures.model("cached")
    let backend = try Fixtures.backend("cached") { $0.outputEmbeddings = "head" }
    try check(backend.embeddings(.input), expected.input)
    try check(backend.embeddings(.output), expected.output)
  }

  private func check(_ table: any EmbeddingTable, _ expected: [[Float]]) throws {
    #expect(table.count == expected.count)
    #expect(table.dimension == expected[0].count)
    let flat = expected.flatMap { $0 }
    #expect(distance(try table.rows(0..<table.count).elements, flat) < 1e-6)
    var generator = SeededGenerator(state: 3)
    for _ in 0..<10 {
      let start = Int.random(in: 0...table.count, using: &generator)
      let range = start..<Int.random(in: start...table.count, using: &generator)
      let rows = try table.rows(range)
      #expect(rows.rows == range.count && rows.columns == table.dimension)
      #expect(distance(rows.elements, expected[range].flatMap { $0 }) < 1e-6)
    }
  }
}
