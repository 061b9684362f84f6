import BackendSupport
import DeePEn
import Foundation
import ONNXBackend

/// Models' names on the command line, found without loading them.
public enum MemberNames {
  /// Returns names for models, all different.
  ///
  /// A model is named after its file or folder. Where names would coincide, each is extended by as much of the path,
  /// joined by hyphens, as distinguishes it; the same model named twice has a number.
  public static func names(of paths: [String]) -> [String] {
    let bases = paths.map(name)
    var names = bases
    for (index, name) in bases.enumerated() {
      let alike = bases.indices.filter { bases[$0] == name }
      guard alike.count > 1 else { continue }
      let others = alike.filter { components(paths[$0]) != components(paths[index]) }.map { components(paths[$0]) }
      let own = components(paths[index])
      let least = own.count - (own.lastIndex(of: name) ?? own.count - 1)
      let length = (least...own.count).first { length in
        !others.contains { $0.suffix(length).elementsEqual(own.suffix(length)) }
      }
      // For the same model alone there is no other path.
      names[index] = others.isEmpty ? name : own.suffix(length ?? own.count).joined(separator: "-")
    }
    var seen: Set<String> = []
    return names.map { name in
      var (unique, number) = (name, 1)
      while !seen.insert(unique).inserted {
        number += 1
        unique = "\(name) \(number)"
      }
      return unique
    }
  }

  /// The name that a model's backend gives it.
  private static func name(of path: String) -> String {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      return ONNXBackend.name(ofFolder: path)
    }
    guard path.lowercased().hasSuffix(".onnx") else { return ModelName.name(of: path) }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let isNested =
      folder.lastPathComponent == "onnx" && !FileManager.default.fileExists(atPath: folder.path + "/config.json")
    return ONNXBackend.name(ofFolder: isNested ? folder.deletingLastPathComponent().path : folder.path)
  }

  /// A path's components, without the endings of model files.
  private static func components(_ path: String) -> [String] {
    var parts = URL(fileURLWithPath: path).standardizedFileURL.pathComponents.filter { $0 != "/" }
    if let last = parts.last {
      for ending in [".gguf", ".onnx"] where last.lowercased().hasSuffix(ending) {
        parts[parts.count - 1] = String(last.dropLast(ending.count))
      }
    }
    return parts.isEmpty ? [path] : parts
  }
}
