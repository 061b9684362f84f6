import Foundation
import FuzzSupport
import LinearAlgebra
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Damaged ONNX models", .serialized)
struct ONNXFuzzTests {
  static let names = [
    "cached", "int8-rows", "recurrent", "blocks", "merged", "one-logit", "cached-half", "int8-gathered",
    "blocks-default",
    "no-mask-int32", "uncached", "int8-head", "tied-flipped", "table-float64", "table-bfloat16", "no-positions",
    "external",
  ]

  @Test("A graph computes or is an error that explains itself", .enabled(if: Engine.isInstalled, Engine.advice))
  func graph() async throws {
    let files = try Self.names.map { try Fixtures.bytes("\($0).onnx") }
    let report = await Fuzzing("onnx-graph", rounds: 170).run(on: files, as: .protobuf, code: code) { bytes, round in
      let name = Self.names[round % Self.names.count]
      try await Fixtures.withCopy(["config.json", "external.onnx.data"]) { folder in
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(name).onnx"))
        try await Self.use(folder, file: "\(name).onnx", threads: 1 + round % 2)
      }
    }
    #expect(report.surprises.isEmpty)
    #expect(report.isTelling)
  }

  @Test(
    "The files beside a graph are read or said to be wrong",
    .enabled(if: Engine.isInstalled, Engine.advice), arguments: ["config.json", "generation_config.json"])
  func settings(name: String) async throws {
    let files = [try Fixtures.bytes(name)]
    let others = ["config.json", "generation_config.json", "tokenizer_config.json", "cached.onnx"].filter { $0 != name }
    let report = await Fuzzing("onnx-\(name)", rounds: 60).run(on: files, as: .json, code: code) { bytes, _ in
      try await Fixtures.withCopy(others) { folder in
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
        try await Self.use(folder, file: "cached.onnx", threads: 1)
      }
    }
    #expect(report.surprises.isEmpty)
    #expect(report.isTelling)
  }

  private func code(_ error: any Error) -> String? {
    guard let error = error as? BackendError, !error.problem.isEmpty else { return nil }
    return error.code.rawValue
  }

  /// Uses a model as an ensemble does.
  private static func use(_ folder: String, file: String, threads: Int) async throws {
    // The file's contents are read for embeddings even where the engine refuses it.
    let finder = try Fixtures.finder("\(folder)/\(file)")
    for find in [finder.inputTable, finder.outputTable] {
      guard let table = try? find() else { continue }
      let rows = min(table.count, 20)
      for range in [0..<rows, table.count - rows..<table.count] {
        guard try table.rows(range).elements.count == rows * table.dimension else {
          throw Fuzzing.Broken("a table of \(table.dimension) columns has rows of another length")
        }
      }
    }
    let model = try ONNXBackend(
      folder: folder, tokenizer: LetterTokenizer(), options: .init(modelFile: file, threads: threads))
    for side in EmbeddingSide.allCases { _ = try? model.embeddings(side) }
    let session = try await model.makeSession()
    for text in [[0, 1, 2], [0, 1, 2, 3, 4], [0, 1, 5], [0]] {
      let prediction = try await session.predict(after: ContextText(tokens: text))
      guard prediction.logits.count == model.vocabulary.count else {
        throw Fuzzing.Broken("\(prediction.logits.count) logits for \(model.vocabulary.count) tokens")
      }
    }
  }
}
