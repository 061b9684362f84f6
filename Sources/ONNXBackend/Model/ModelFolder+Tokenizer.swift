internal import Foundation
internal import HuggingFaceTokenizers
internal import ModelBackends

extension ModelFolder {
  /// The folder's own tokenizer.
  ///
  /// - Throws: ``BackendError`` with the code `missingFile`, `invalidFile`, `unsupported` or `invalidArgument`.
  func tokenizer(_ configuration: ModelConfiguration, vocabularySize: Int) throws -> any Tokenizer {
    let settings = path + "/tokenizer_config.json"
    do {
      return try HuggingFaceTokenizer(
        file: path + "/tokenizer.json",
        configuration: FileManager.default.fileExists(atPath: settings) ? settings : nil,
        options: HuggingFaceTokenizer.Options(
          vocabularyCount: vocabularySize,
          endOfGeneration: configuration.endTokens.filter { (0..<vocabularySize).contains($0) }))
    } catch let error as TokenizerError {
      let codes: [TokenizerError.Code: BackendError.Code] = [
        .missingFile: .missingFile, .unsupported: .unsupported, .invalidArgument: .invalidArgument,
      ]
      let problem = error.location.isEmpty ? error.problem : "\(error.location): \(error.problem)"
      throw BackendError(codes[error.code] ?? .invalidFile, in: path + "/tokenizer.json", problem, remedy: error.remedy)
    }
  }
}
