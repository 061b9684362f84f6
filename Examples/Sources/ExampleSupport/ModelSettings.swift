import DeePEn

/// The settings for loading models, from a command line.
public struct ModelSettings: Codable, Sendable {
  /// The options for these settings, of every command that loads models.
  public static let options: [CommandOption] = [
    .value("context", "N", "how many tokens a model can read (GGUF: as trained, at most 4096; ONNX: as trained)"),
    .values(
      "input-embeddings", "NAME",
      "the constant of an ONNX model that holds its input embeddings, where the graph does not tell; PATH=NAME for the "
        + "model that is given as PATH"),
  ]

  /// A constant and its model; all models where none is named.
  private struct Constant: Codable {
    var path: String?
    var name: String
  }

  let contextLength: Int?
  private let inputEmbeddings: [Constant]

  /// The default settings.
  public init() {
    contextLength = nil
    inputEmbeddings = []
  }

  /// Reads the options.
  ///
  /// - Throws: ``UsageError`` where a value cannot be used.
  public init(_ arguments: Arguments) throws {
    contextLength = try arguments.count("context")
    inputEmbeddings = arguments.all("input-embeddings").map { text in
      guard let separator = text.lastIndex(of: "=") else { return Constant(name: text) }
      return Constant(path: String(text[..<separator]), name: String(text[text.index(after: separator)...]))
    }
  }

  /// The constant with a model's input embeddings.
  func inputEmbeddings(of path: String) -> String? {
    (inputEmbeddings.last { $0.path == path } ?? inputEmbeddings.last { $0.path == nil })?.name
  }

  /// Checks that every constant belongs to one of some models that has constants, as ONNX models do.
  ///
  /// - Throws: `BackendError`, also where a path leads to no model.
  public func check(_ paths: [String]) throws {
    for constant in inputEmbeddings {
      if let path = constant.path, !paths.contains(path) {
        throw BackendError(
          .invalidArgument, in: "--input-embeddings", "\(path)=\(constant.name) is for none of the models",
          remedy: "Name one of \(paths.joined(separator: ", ")), or give the constant alone for all of them.")
      }
      let named = constant.path.map { [$0] } ?? paths
      let isONNX = try named.contains { path in
        if case .onnx = try ModelFile(path) { true } else { false }
      }
      guard isONNX else {
        throw BackendError(
          .invalidArgument, in: "--input-embeddings",
          "\(constant.name) would be a constant of \(named.joined(separator: ", ")), and only ONNX models have "
            + "constants",
          remedy: "Leave it out: the embeddings of a GGUF file are found by name.")
      }
    }
  }
}
