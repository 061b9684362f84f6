internal import Foundation
internal import ModelBackends

extension ONNXBackend {
  /// What a model in a folder is called: as the folder; where its name says nothing of the model, as its configuration
  /// has it (`_name_or_path`), or as the nearest folder above whose name does.
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
