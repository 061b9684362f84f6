import DeePEn
import Foundation

/// A model at a path, recognised by the file's content, whatever the file's name.
enum ModelFile {
  /// A file for llama.cpp.
  case gguf(String)
  /// A folder for ONNX Runtime, and the model's file in it where that has not one of the usual names.
  case onnx(folder: String, file: String?)

  /// Examines a path.
  ///
  /// - Throws: `BackendError`, which names the content where it is no model.
  init(_ path: String) throws {
    switch try Entry(path) {
    case .folder: self = try Self.inFolder(path)
    case .file(let start):
      switch Content(start) {
      case .gguf: self = .gguf(path)
      case .onnx: self = Self.onnx(path)
      case .other(let kind):
        throw BackendError(
          .invalidFile, in: path, "is no model that can be read here: it \(kind.words)", remedy: kind.remedy)
      }
    }
  }

  /// The configuration and the tokenizer are beside a model's file, or in the folder above.
  private static func onnx(_ path: String) -> ModelFile {
    let file = URL(filePath: path)
    let parent = file.deletingLastPathComponent()
    let isNested = parent.lastPathComponent == "onnx" && !has("config.json", in: parent)
    return .onnx(
      folder: (isNested ? parent.deletingLastPathComponent() : parent).path,
      file: isNested ? "onnx/\(file.lastPathComponent)" : file.lastPathComponent)
  }

  /// A folder's model: ONNX files under their usual names, or else the only model in it.
  private static func inFolder(_ path: String) throws -> ModelFile {
    let folder = URL(filePath: path)
    for name in ["model.onnx", "onnx/model.onnx"] where has(name, in: folder) {
      _ = try ModelFile(folder.appending(path: name).path)
      return .onnx(folder: path, file: nil)
    }
    let names = ["", "onnx/"].flatMap { subfolder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: subfolder).path)) ?? []).sorted()
        .map { subfolder + $0 }
    }
    let models = names.compactMap { name -> (name: String, model: ModelFile)? in
      let file = folder.appending(path: name).path
      guard case .file(let start)? = try? Entry(file) else { return nil }
      switch Content(start) {
      // The first part of a multi-part model loads the others.
      case .gguf: return name.contains(/-of-\d{5}\.gguf$/) && !name.contains(/-00001-of-/) ? nil : (name, .gguf(file))
      case .onnx: return name.lowercased().hasSuffix(".onnx") ? (name, onnx(file)) : nil
      case .other: return nil
      }
    }
    if models.count == 1 { return models[0].model }
    if !models.isEmpty {
      throw BackendError(
        .invalidArgument, in: path, "holds \(models.count) models",
        remedy: "Name one of them with its folder: \(models.map(\.name).joined(separator: ", "))")
    }
    let isNamedSo = { (name: String) in [".gguf", ".onnx"].contains { name.lowercased().hasSuffix($0) } }
    if let name = names.first(where: isNamedSo) { return try ModelFile(folder.appending(path: name).path) }
    throw BackendError(
      .missingFile, in: path, "holds no model: no model.onnx, onnx/model.onnx, other .onnx file or GGUF file",
      remedy: names.contains { $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin") }
        ? "It holds weights for training: export them to ONNX (optimum-cli export onnx), or convert them to GGUF"
        : "Name a GGUF file, an ONNX file, or a folder that holds one")
  }

  private static func has(_ name: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: name).path)
  }
}

/// The kind of file at a path.
private enum Entry {
  case folder
  case file(start: [UInt8])

  /// Reads a file's first bytes. Only regular files are opened: reading from a pipe would wait for a writer.
  init(_ path: String) throws {
    guard !path.isEmpty else {
      throw BackendError(.invalidArgument, in: "The path of a model", "is empty", remedy: "Name a file or a folder")
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = errno
      guard reason == ENOENT || reason == ENOTDIR else {
        throw BackendError(
          .missingFile, in: path, "cannot be reached (\(String(cString: strerror(reason))))",
          remedy: "Check the path and that it may be read")
      }
      throw BackendError(
        .missingFile, in: path, "does not exist (looked for in \(FileManager.default.currentDirectoryPath))",
        remedy: "Check the path; a model is a GGUF file, an ONNX file, or a folder that holds one")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: self = .folder
    case S_IFREG:
      guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 512) ?? Data() else {
        throw BackendError(
          .missingFile, in: path, "cannot be opened", remedy: "Check that the file may be read")
      }
      self = .file(start: Array(start))
    default:
      throw BackendError(
        .invalidFile, in: path, "is neither a file nor a folder, but a pipe or a device",
        remedy: "Write the model to a file: engines read it in many places at once")
    }
  }
}

/// The kind of content, by a file's first bytes.
private enum Content {
  case gguf
  case onnx
  case other(Other)

  /// Content that no engine can load: its description, with a remedy.
  struct Other {
    var words: String
    var remedy = "Name a GGUF file, an ONNX file, or a folder that holds one"
  }

  private static let known: [(start: String, other: Other)] = [
    ("version https://git-lfs", Other(words: "only points to one in Git LFS", remedy: "Fetch it with git lfs pull")),
    ("<", Other(words: "is a page of a web site", remedy: "Download the file itself, not the page that shows it")),
    ("{", Other(words: "is JSON", remedy: "Name the folder that it lies in, or the model beside it")),
    ("PK\u{3}\u{4}", Other(words: "is a zip archive, as PyTorch writes them", remedy: convert)),
    ("\u{1F}", Other(words: "is compressed", remedy: "Unpack it first")),
  ]
  private static let convert = "Export it to ONNX (optimum-cli export onnx), or convert it to GGUF"

  init(_ start: [UInt8]) {
    let mark = start.prefix(4)
    if mark.elementsEqual("GGUF".utf8) {
      self = .gguf
    } else if start.isEmpty {
      self = .other(Other(words: "is empty", remedy: "Download it again"))
    } else if ["lmgg", "fmgg", "tjgg", "algg"].contains(where: { mark.elementsEqual($0.utf8) }) {
      self = .other(Other(words: "is of a format before GGUF", remedy: "Convert the model to GGUF, or download it so"))
    } else if start.count > 8, start[8] == UInt8(ascii: "{"), start[4..<8].allSatisfy({ $0 == 0 }) {
      self = .other(Other(words: "holds safetensors", remedy: Self.convert))
    } else if let known = Self.known.first(where: { start.starts(with: $0.start.utf8) }) {
      self = .other(known.other)
    } else if Self.beginsMessage(start) {
      self = .onnx
    } else {
      self = .other(Other(words: "begins neither as GGUF nor as ONNX"))
    }
  }

  /// Returns whether bytes begin as an ONNX model does: its first field is most often the format version, a small
  /// number, and otherwise one of the few others that a model has.
  private static func beginsMessage(_ start: [UInt8]) -> Bool {
    let (field, kind) = (start[0] >> 3, start[0] & 7)
    guard start.count > 1 else { return false }
    switch field {
    case 1: return kind == 0 && (1...64).contains(start[1])
    case 5: return kind == 0
    case 2, 3, 4, 6, 7, 8, 14: return kind == 2
    default: return false
    }
  }
}
