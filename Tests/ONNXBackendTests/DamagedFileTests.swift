import Foundation
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
      let wrong = #expect(throws: BackendError.self) { try GraphFile(path: folder) }
      #expect(wrong?.code == .missingFile)
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
