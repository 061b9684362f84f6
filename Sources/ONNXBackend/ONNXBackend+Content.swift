internal import Foundation
public import ModelBackends

extension ONNXBackend {
  /// The model's file with its external data, the descriptions in the folder, the options except the number of threads,
  /// and ONNX Runtime's version.
  public var content: ModelContent? {
    let model = decoder.model.subject
    let parent = (model as NSString).deletingLastPathComponent
    let stored = (try? GraphFile(path: model))?.constants.values.compactMap { tensor -> String? in
      if case .external(let location, _, _) = tensor.storage { return "\(parent)/\(location)" }
      return nil
    }
    var settings = options
    settings.threads = nil
    settings.library = nil
    return ModelContent(
      files: [model] + Set(stored ?? []).sorted() + descriptions,
      details: ["\(settings)", "ONNX Runtime \(decoder.model.runtime.version)"])
  }

  /// Configurations, tokenizers and templates.
  private var descriptions: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let endings = ["json", "jinja", "model", "txt"]
    return names.filter { endings.contains(($0 as NSString).pathExtension) }.sorted().map { "\(folder)/\($0)" }
      .filter { FileManager.default.fileExists(atPath: $0) }
  }
}
