import DeePEn

/// How models are loaded, as a command line says it.
public struct ModelSettings: Codable, Sendable {
  /// The options that say it, for every command that loads models.
  public static let options: [CommandOption] = [
    .value("context", "N", "how many tokens a model can read (GGUF: as trained, at most 4096; ONNX: as trained)"),
    .values(
      "input-embeddings", "NAME",
      "the constant of an ONNX model that holds its input embeddings, where the graph does not tell; PATH=NAME for the "
        + "model that is given as PATH"),
  ]

  /// What holds where models are loaded and nothing else is said.
  @TaskLocal public static var current = ModelSettings()

  /// A constant, and the model that has it; all models where none is named.
  private struct Constant: Codable {
    var path: String?
    var name: String
  }

  let contextLength: Int?
  private let inputEmbeddings: [Constant]

  private init() {
    contextLength = nil
    inputEmbeddings = []
  }

  /// Reads the options.
  ///
  /// - Throws: ``UsageError`` where a value cannot be used.
  public init(_ arguments: Arguments) throws {
    contextLength = try arguments.count("context")
    inputEmbeddings = arguments.all("input-embeddings").map { text in
      guard let place = text.lastIndex(of: "=") else { return Constant(name: text) }
      return Constant(path: String(text[..<place]), name: String(text[text.index(after: place)...]))
    }
  }

  /// The constant with a model's input embeddings.
  func inputEmbeddings(of path: String) -> String? {
    (inputEmbeddings.last { $0.path == path } ?? inputEmbeddings.last { $0.path == nil })?.name
  }

  /// Throws where a model is spoken of that is not among these.
  func check(_ paths: [String]) throws {
    for case (let path?, let name) in inputEmbeddings.map({ ($0.path, $0.name) }) where !paths.contains(path) {
      throw BackendError(
        .invalidArgument, in: "--input-embeddings", "\(path)=\(name) is for none of the models",
        remedy: "Name one of \(paths.joined(separator: ", ")), or give the constant alone for all of them.")
    }
  }
}
