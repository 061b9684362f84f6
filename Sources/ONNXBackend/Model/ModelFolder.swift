internal import Foundation
internal import ModelBackends

/// A model's folder in Hugging Face's layout: the model's file and the descriptions beside it.
struct ModelFolder {
  let path: String
  /// The path of the model's file.
  let model: String

  /// Finds the model's file.
  ///
  /// - Throws: ``BackendError`` with the code `missingFile`.
  init(path: String, modelFile: String?) throws {
    let manager = FileManager.default
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    var isFolder: ObjCBool = false
    let exists = manager.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, isFolder.boolValue else {
      throw BackendError(
        .missingFile, in: path, exists ? "is not a folder" : "does not exist",
        remedy: "Give the folder that holds config.json, tokenizer.json and the .onnx file")
    }
    let choices = modelFile.map { [$0] } ?? ["model.onnx", "onnx/model.onnx"]
    guard let choice = choices.first(where: { manager.fileExists(atPath: "\(path)/\($0)") }) else {
      let others = ["", "onnx/"].flatMap { folder in
        ((try? manager.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? [])
          .filter { $0.hasSuffix(".onnx") }.map { folder + $0 }
      }
      throw BackendError(
        .missingFile, in: path, "holds no \(choices.joined(separator: " or "))",
        remedy: others.isEmpty
          ? "Export the model to ONNX (optimum-cli export onnx) and give that folder"
          : "Set the option modelFile to one of: \(others.sorted().joined(separator: ", "))")
    }
    self.path = path
    model = "\(path)/\(choice)"
  }

  /// Reads one of the folder's descriptions; `nil` where the folder has none of that name.
  ///
  /// - Throws: ``BackendError`` with the code `invalidFile` where it is not JSON of the right shape.
  func description<Description: Decodable>(_ name: String, as type: Description.Type) throws -> Description? {
    let file = "\(path)/\(name)"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    try InputFile(file).check()
    do {
      return try JSONDecoder().decode(type, from: try Data(contentsOf: URL(fileURLWithPath: file)))
    } catch {
      throw BackendError(
        .invalidFile, in: file, "cannot be read as JSON: \(error.reason)", remedy: "Download the file again")
    }
  }
}
