import Foundation
import HuggingFaceTokenizers
import LinearAlgebra
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Damaged files")
struct DamagedFileTests {
  @Test("A truncated file is an error that names the file, wherever it ends", arguments: ["cached", "int8", "merged"])
  func truncated(name: String) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(Fixtures.folder)/\(name).onnx"))
    try Fixtures.withTemporaryFolder { folder in
      let path = folder + "/model.onnx"
      // The last few bytes are the operator set's version, which is not read.
      for length in stride(from: 0, to: whole.count - 16, by: 37) {
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: BackendError.self) { try GraphFile(path: path) }
        #expect(error?.code == .invalidFile)
        #expect(error?.subject == path)
      }
    }
  }

  @Test("A text file, an empty file and no file are told apart")
  func wrongFormat() throws {
    try Fixtures.withTemporaryFolder { folder in
      let path = folder + "/model.onnx"
      let missing = #expect(throws: BackendError.self) { try GraphFile(path: path) }
      #expect(missing?.code == .missingFile)
      for content in ["", "version https://git-lfs.github.com/spec/v1\n"] {
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: BackendError.self) { try GraphFile(path: path) }
        #expect(error?.code == .invalidFile)
      }
      #expect(missing?.problem == "does not exist")
      let wrong = #expect(throws: BackendError.self) { try GraphFile(path: folder) }
      #expect(wrong?.code == .invalidFile)
    }
  }

  @Test("A named pipe instead of any file is refused without blocking", .timeLimit(.minutes(20)))
  func namedPipes() throws {
    try Fixtures.withTemporaryFolder { folder in
      let names = [
        "model.onnx", "config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json",
        "chat_template.jinja", "external.onnx.data",
      ]
      for name in names { try #require(mkfifo("\(folder)/\(name)", 0o600) == 0) }
      func expectPipe(_ name: String, _ body: () throws -> Void) {
        let error = #expect(throws: BackendError.self, "\(name)") { try body() }
        #expect(error?.code == .invalidFile, "\(name)")
        #expect(error?.problem.contains("named pipe") == true, "\(name)")
      }
      let files = try ModelFolder(path: folder, modelFile: nil)
      expectPipe("model.onnx") { _ = try GraphFile(path: files.model) }
      expectPipe("config.json") { _ = try files.description("config.json", as: [String: Int].self) }
      expectPipe("config.json") { _ = try ModelConfiguration(files, isRequired: false) }
      expectPipe("chat_template.jinja") {
        try FileManager.default.removeItem(atPath: folder + "/tokenizer_config.json")
        _ = try files.chatTemplate(name: "x", vocabulary: LetterTokenizer().vocabulary) { _ in "" }
      }
      try FileManager.default.copyItem(atPath: Fixtures.folder + "/external.onnx", toPath: folder + "/external.onnx")
      expectPipe("external.onnx.data") { try GraphFile(path: folder + "/external.onnx").checkStorage() }
      let error = #expect(throws: TokenizerError.self) { try HuggingFaceTokenizer(file: folder + "/tokenizer.json") }
      #expect(error?.code == .invalidFile && error?.description.contains("named pipe") == true)
      let table = #expect(throws: BackendError.self) { try EmbeddingFile(file: folder + "/tokenizer.json") }
      #expect(table?.code == .invalidFile && table?.problem.contains("named pipe") == true)
    }
  }

  @Test(
    "A file whose weights were never written gives a warning that names them",
    .enabled(if: Engine.isInstalled, Engine.advice))
  func zeros() async throws {
    #expect(try Fixtures.backend("external").warnings.isEmpty)
    try await Fixtures.withCopy(["config.json", "external.onnx", "external.onnx.data"]) { folder in
      let path = folder + "/external.onnx.data"
      let data = try Data(contentsOf: URL(filePath: path))
      try Data(count: data.count).write(to: URL(filePath: path))
      var options = ONNXBackend.Options()
      options.modelFile = "external.onnx"
      let warnings = try ONNXBackend(folder: folder, tokenizer: LetterTokenizer(), options: options).warnings
      // The largest matrix, 32 × 8 numbers; smaller ones are not examined.
      #expect(warnings.count == 1 && warnings.first?.problem.contains("the weights place are zeros") == true)
    }
  }

  @Test("External data that is missing or too short is an error that names its file")
  func externalData() throws {
    try Fixtures.withTemporaryFolder { folder in
      let path = folder + "/external.onnx"
      try FileManager.default.copyItem(atPath: Fixtures.folder + "/external.onnx", toPath: path)
      let missing = #expect(throws: BackendError.self) { try GraphFile(path: path).checkStorage() }
      #expect(missing?.code == .missingFile)
      #expect(missing?.subject == path + ".data")
      let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.folder + "/external.onnx.data"))
      try data.prefix(100).write(to: URL(fileURLWithPath: path + ".data"))
      let short = #expect(throws: BackendError.self) { try GraphFile(path: path).checkStorage() }
      #expect(short?.code == .invalidFile)
      #expect(short?.description.contains("100 bytes") == true)
    }
  }

  @Test("External data outside the model's folder is refused")
  func externalDataElsewhere() throws {
    try Fixtures.withTemporaryFolder { folder in
      var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixtures.folder + "/external.onnx")))
      let name = Array("external.onnx.data".utf8)
      let replacement = Array("../../../../../xx/".utf8)
      #expect(name.count == replacement.count)
      for start in 0...(bytes.count - name.count) where Array(bytes[start..<start + name.count]) == name {
        bytes.replaceSubrange(start..<start + name.count, with: replacement)
      }
      let path = folder + "/external.onnx"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: BackendError.self) { try GraphFile(path: path).checkStorage() }
      #expect(error?.code == .invalidFile)
      #expect(error?.description.contains("outside the model's folder") == true)
    }
  }

  @Test("The backend refuses a damaged file before the engine sees it", .enabled(if: Engine.isInstalled, Engine.advice))
  func backend() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Fixtures.folder + "/cached.onnx"))
    try Fixtures.withTemporaryFolder { folder in
      for file in ["config.json"] {
        try FileManager.default.copyItem(atPath: "\(Fixtures.folder)/\(file)", toPath: "\(folder)/\(file)")
      }
      try whole.prefix(2000).write(to: URL(fileURLWithPath: folder + "/model.onnx"))
      let error = #expect(throws: BackendError.self) {
        try ONNXBackend(folder: folder, tokenizer: LetterTokenizer())
      }
      #expect(error?.code == .invalidFile)
    }
  }
}
