import DeePEn
import ExampleSupport
import Foundation
import GGUFBackend
import ONNXBackend
import Testing

/// Models are recognised by their files' content, whatever the files' names.
@Suite(.timeLimit(.minutes(10))) struct ModelFileTests {
  /// Creates a folder that exists while a body runs.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func link(_ location: URL, to path: String) throws {
    try FileManager.default.createDirectory(at: location.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: location.path, withDestinationPath: path)
  }

  private func problem(_ path: String) -> String {
    let error = #expect(throws: BackendError.self) { try loadModel(path) }
    return error.map { "\($0)" } ?? ""
  }

  @Test(arguments: [
    ("ATLAS.GGUF", "ATLAS"), ("a model", "a model"), ("wordy.onnx", "wordy.onnx"), ("tiny.gguf", "tiny"),
  ])
  func aFileOfAnyNameIsGGUFByItsFirstBytes(name: String, expected: String) throws {
    try withFolder { folder in
      let file = folder.appending(path: name)
      try link(file, to: Bundled.atlas)
      let model = try loadModel(file.path)
      #expect(model is GGUFBackend && model.name == expected)
      #expect(try loadVocabulary(file.path).count == model.vocabulary.count)
    }
  }

  @Test(arguments: ["model.onnx", "Weights", "onnx/model_q8.onnx"])
  func aFileOfAnyNameIsONNXByItsFirstBytes(name: String) throws {
    try withFolder { folder in
      for description in ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"] {
        try link(folder.appending(path: description), to: "\(Bundled.scholar)/\(description)")
      }
      try link(folder.appending(path: name), to: "\(Bundled.scholar)/onnx/model.onnx")
      #expect(try loadModel(folder.appending(path: name).path) is ONNXBackend)
      guard name.hasSuffix(".onnx") else { return }
      #expect(try loadModel(folder.path) is ONNXBackend)
    }
  }

  @Test func aFolderHoldsOneGGUFFileOrTheFirstPartOfOne() throws {
    try withFolder { folder in
      try link(folder.appending(path: "large-00001-of-00002.gguf"), to: Bundled.atlas)
      try link(folder.appending(path: "large-00002-of-00002.gguf"), to: Bundled.atlas)
      #expect(try loadModel(folder.path).name == "large-00001-of-00002")
      try link(folder.appending(path: "other.gguf"), to: Bundled.wordsmith)
      let problem = problem(folder.path)
      #expect(
        problem.contains("holds 2 models") && problem.contains("large-00001-of-00002.gguf, other.gguf"), "\(problem)")
    }
  }

  @Test(
    "The error for a file that is no model says what it is",
    arguments: [
      ([UInt8]("version https://git-lfs.github.com/spec/v1\n".utf8), "only points to one in Git LFS"),
      ([UInt8]("<!DOCTYPE html>".utf8), "a page of a web site"), ([UInt8]("{\"a\": 1}".utf8), "is JSON"),
      ([UInt8]("PK\u{3}\u{4}...".utf8), "a zip archive"), ([UInt8]("tjgg....".utf8), "a format before GGUF"),
      ([9, 0, 0, 0, 0, 0, 0, 0] + [UInt8]("{\"t\": 0}".utf8), "holds safetensors"), ([], "is empty"),
      ([0x80, 2, 0x7D], "begins neither as GGUF nor as ONNX"),
    ])
  func others(bytes: [UInt8], expected: String) throws {
    try withFolder { folder in
      for name in ["model.gguf", "model.onnx", "model"] {
        let file = folder.appending(path: name)
        try Data(bytes).write(to: file)
        let problem = problem(file.path)
        #expect(problem.hasPrefix("\(file.path): is no model that can be read here: it ") && problem.contains(expected))
      }
      // In a folder it is named as well.
      #expect(problem(folder.path).contains(expected))
    }
  }

  @Test func missingFilesAreNamed() throws {
    try withFolder { folder in
      for path in [folder.path + "/nowhere.gguf", folder.path + "/nowhere", folder.path + "/nowhere/model.onnx"] {
        #expect(problem(path).hasPrefix("\(path): does not exist"))
        let error = #expect(throws: BackendError.self) { try loadVocabulary(path) }
        #expect(error?.code == .missingFile)
      }
      #expect(
        problem(folder.path).contains("holds no model: no model.onnx, onnx/model.onnx, other .onnx file or GGUF file"))
      try Data("weights".utf8).write(to: folder.appending(path: "model.safetensors"))
      #expect(problem(folder.path).contains("export them to ONNX"))
      #expect(problem("").contains("is empty"))
    }
  }

  /// Opening a pipe would wait for a writer forever.
  @Test func aPipeOrADeviceIsRefused() throws {
    try withFolder { folder in
      let pipe = folder.appending(path: "model.gguf").path
      try #require(mkfifo(pipe, 0o600) == 0)
      for path in [pipe, "/dev/zero"] { #expect(problem(path).contains("a pipe or a device")) }
      #expect(problem(folder.path).contains("a pipe or a device"))
    }
  }

  @Test(
    "A folder or file with a generic name gives its model the name of the parent folder",
    arguments: [
      ("onnx", "scholar-2"), ("onnx-hf", "scholar-2"), ("fp16", "scholar-2"),
      ("snapshots/0123456789abcdef0123456789abcdef01234567", "scholar-2"), ("onnx-scholar", "onnx-scholar"),
    ])
  func names(location: String, expected: String) throws {
    try withFolder { folder in
      let location = folder.appending(path: "models--someone--scholar-2/\(location)")
      for file in ["config.json", "tokenizer.json", "onnx/model.onnx"] {
        try link(location.appending(path: file), to: "\(Bundled.scholar)/\(file)")
      }
      #expect(try loadModel(location.path).name == expected)
      #expect(try loadModel(location.appending(path: "onnx/model.onnx").path).name == expected)
    }
  }

  @Test(arguments: [
    ("someone/scholar-3", "scholar-3"), ("/home/someone/run", "above"), ("./out/run", "above"), ("model", "above"),
  ])
  func aModelMayGiveItsOwnName(own: String, expected: String) throws {
    try withFolder { folder in
      let location = folder.appending(path: "above/onnx")
      for file in ["tokenizer.json", "onnx/model.onnx"] {
        try link(location.appending(path: file), to: "\(Bundled.scholar)/\(file)")
      }
      let configuration = try Data(contentsOf: URL(filePath: "\(Bundled.scholar)/config.json"))
      var fields = try #require(try JSONSerialization.jsonObject(with: configuration) as? [String: Any])
      fields["_name_or_path"] = own
      try JSONSerialization.data(withJSONObject: fields).write(to: location.appending(path: "config.json"))
      #expect(try loadModel(location.path).name == expected)
    }
  }

  @Test func templatesAreForAllModelsOrForOne() {
    let templates = MemberTemplates(["a: {prompt}", "b=c.gguf={prompt}=", "x={prompt}"], models: ["b=c.gguf", "d"])
    #expect(templates.shared == "x={prompt}")
    #expect(templates.own == ["b=c.gguf": "{prompt}="])
  }

  @Test func twoFoldersOfOneNameAreTwoMembers() throws {
    try withFolder { folder in
      for name in ["first", "second"] {
        for file in ["config.json", "tokenizer.json", "model.onnx"] {
          let location = file == "model.onnx" ? "onnx/model.onnx" : file
          try link(folder.appending(path: "\(name)/onnx/\(file)"), to: "\(Bundled.scholar)/\(location)")
        }
      }
      let paths = ["first", "second"].map { folder.appending(path: "\($0)/onnx").path }
      #expect(try loadMembers(paths, template: nil).map(\.name) == ["first", "second"])
      #expect(try loadMembers([paths[0], paths[0]], template: nil).map(\.name) == ["first", "first 2"])
      try link(folder.appending(path: "third/model.gguf"), to: Bundled.atlas)
      #expect(try loadModel(folder.appending(path: "third/model.gguf").path).name == "third")
      #expect(try loadModel(folder.appending(path: "third").path).name == "third")
    }
  }
}
