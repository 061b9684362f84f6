internal import BackendSupport
internal import Foundation
internal import ModelBackends

extension ONNXBackend {
  /// Names a model in a folder: by the folder's name; where that is generic, by the name in its configuration
  /// (`_name_or_path`), or by the nearest parent folder whose name is not.
  public static func name(ofFolder folder: String) -> String {
    struct Names: Decodable {
      var published: String?

      enum CodingKeys: String, CodingKey {
        case published = "_name_or_path"
      }
    }
    return ModelName.name(of: folder) {
      let file = folder + "/config.json"
      guard InputFile(file).problem == nil, let data = FileManager.default.contents(atPath: file) else { return nil }
      return (try? JSONDecoder().decode(Names.self, from: data))?.published
    }
  }
}
