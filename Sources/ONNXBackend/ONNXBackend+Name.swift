internal import Foundation

extension ONNXBackend {
  /// Names that say how a model is kept and not which one it is.
  private static let generic: Set<String> = [
    "onnx", "onnx-hf", "onnx_hf", "hf", "model", "models", "export", "exported", "output", "optimum", "checkpoint",
    "snapshot", "main", "fp32", "fp16", "bf16", "int8", "int4", "q8", "q4", "quantized", "quantised", "cpu", "cuda",
  ]

  /// What a model in a folder is called: as the folder; where its name says nothing of the model, as its configuration has it
  /// (`_name_or_path`), or as the nearest folder above whose name does.
  public static func name(ofFolder folder: String) -> String {
    let components = URL(fileURLWithPath: folder).standardizedFileURL.pathComponents.filter { $0 != "/" }
    guard let last = components.last else { return folder }
    guard generic.contains(last.lowercased()) else { return last }
    return configuredName(in: folder) ?? components.last { !generic.contains($0.lowercased()) } ?? last
  }

  /// The name that the model was trained or published under, where it is one: no path of the machine that it was trained on.
  private static func configuredName(in folder: String) -> String? {
    struct Names: Decodable {
      var _name_or_path: String?
    }
    guard let data = FileManager.default.contents(atPath: folder + "/config.json"),
      let path = (try? JSONDecoder().decode(Names.self, from: data))?._name_or_path,
      !path.hasPrefix("/"), !path.hasPrefix("."), path.split(separator: "/").count <= 2,
      let name = path.split(separator: "/").last.map(String.init), !generic.contains(name.lowercased())
    else { return nil }
    return name
  }
}
