import Foundation
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Names and content") struct ContentTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

  @Test("A folder with a generic name is named after its configuration, or the parent folder") func names() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func name(_ relativePath: String, _ configuration: String?) throws -> String {
      let path = folder.appending(path: relativePath)
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
      if let configuration { try Data(configuration.utf8).write(to: path.appending(path: "config.json")) }
      return ONNXBackend.name(ofFolder: path.path)
    }
    #expect(try name("pebble", #"{"_name_or_path": "someone/stone"}"#) == "pebble")
    #expect(try name("brook/onnx", nil) == "brook")
    #expect(try name("brook/export/onnx-hf/", "{}") == "brook")
    #expect(try name("a/onnx", #"{"_name_or_path": "someone/stone-1b"}"#) == "stone-1b")
    for path in ["/home/someone/run", "./checkpoint", "../x", "someone/model", "a/b/c", ""] {
      #expect(try name("cliff/ONNX", "{\"_name_or_path\": \"\(path)\"}") == "cliff")
    }
    #expect(try name("cliff/onnx", "no JSON") == "cliff")
  }

  @Test(
    "The content is the model, its descriptions and its options, and not the number of threads",
    .enabled(if: BundledModel.isThere, "Examples/Models/scholar is not there; the training script writes it."))
  func content() throws {
    func content(_ options: ONNXBackend.Options) throws -> ModelContent {
      try #require(try ONNXBackend(folder: BundledModel.folder, options: options).content)
    }
    let plain = try content(.init(threads: 1))
    let names = plain.files.map { $0.split(separator: "/").last.map(String.init) ?? "" }
    #expect(names.contains("model.onnx") && names.contains("config.json") && names.contains("tokenizer.json"))
    #expect(plain.files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    #expect(try content(.init(threads: 2)) == plain)
    #expect(try content(.init(contextLength: 64)) != plain)
  }

  @Test("External data belong to the content") func externalData() throws {
    let backend = try Fixtures.backend("external")
    let files = try #require(backend.content?.files)
    #expect(files.contains("\(Fixtures.folder)/external.onnx.data"), "\(files)")
    #expect(!files.contains("\(Fixtures.folder)/cached.onnx"))
  }
}
