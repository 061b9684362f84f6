public import DeePEn
import Evaluation
public import Foundation
import GGUFBackend
import ONNXBackend

/// The folders that come with the examples.
public enum Bundled {
  /// `Examples/`.
  public static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Llama architecture, SentencePiece tokens; knows geography best.
  public static let atlas = folder.appending(path: "Models/atlas/atlas.gguf").path
  /// An ONNX folder in Optimum's layout; knows science and numbers best.
  public static let scholar = folder.appending(path: "Models/scholar").path
  /// GPT-2 architecture, byte-level tokens; knows words best.
  public static let wordsmith = folder.appending(path: "Models/wordsmith/wordsmith.gguf").path
  /// Questions for tuning.
  public static let developmentQuestions = folder.appending(path: "Questions/development.jsonl").path
  /// Questions for reporting.
  public static let testQuestions = folder.appending(path: "Questions/test.jsonl").path

  /// Returns whether a model is one of those that come with the examples.
  public static func contains(_ path: String) -> Bool {
    let models = folder.appending(path: "Models").standardizedFileURL.path
    return URL(filePath: path).standardizedFileURL.path.hasPrefix(models + "/")
  }

  /// The form of questions that the bundled models were trained on.
  public static let template = TurnTemplate(
    user: "Question: {content}\n", assistant: "Answer: {content}\n", opening: "Answer:")
}

/// Loads a model: a GGUF file with llama.cpp, an ONNX file or a folder that contains one with ONNX Runtime.
///
/// - Parameters:
///   - threads: The number of threads of the model's engine.
///   - settings: Other settings for loading it.
/// - Throws: `BackendError`, which names the content of the path where it is no model.
public func loadModel(
  _ path: String, threads: Int = 1, settings: ModelSettings = ModelSettings()
) throws -> any ModelBackend {
  switch try ModelFile(path) {
  case .gguf(let file):
    return try GGUFBackend(file: file, options: .init(threads: threads, contextLength: settings.contextLength))
  case .onnx(let folder, let file):
    var options = ONNXBackend.Options(modelFile: file, threads: threads, contextLength: settings.contextLength)
    options.inputEmbeddings = settings.inputEmbeddings(of: path)
    options.chatTemplateRenderer = GGUFTemplate.render
    let backend = try ONNXBackend(folder: folder, options: options)
    // Rules without embeddings would never notice that there is no such constant.
    if options.inputEmbeddings != nil { _ = try backend.embeddings(.input) }
    return backend
  }
}

/// Loads models as members.
///
/// - Parameters:
///   - paths: The models.
///   - template: Text around the prompt, with `\n` for a new line; without one, a bundled model gets the form that it
///     was trained on, and any other its own chat template or the bare prompt.
///   - templates: The same for single models, by their paths.
///   - cores: The number of cores that the models, which run side by side, divide; `nil` for all, of which a bundled
///     model uses one: it is too small for more.
///   - healing: The number of token boundaries that members look back where a word is still open.
///   - settings: Other settings for loading the models.
public func loadMembers(
  _ paths: [String], template: String? = nil, templates: [String: String] = [:], cores: Int? = nil,
  healing: Int = TokenHealing.standard.boundaries, settings: ModelSettings = ModelSettings()
) throws -> [Member] {
  guard cores.map({ $0 > 0 }) ?? true else {
    throw BackendError(
      .invalidArgument, in: "--threads", "\(cores ?? 0) is below 1", remedy: "Use 1 or more, or leave it out.")
  }
  guard !paths.isEmpty else { return [] }
  try settings.check(paths)
  let plan = CorePlan(cores: cores, members: paths.count)
  guard healing >= 0 else {
    throw BackendError(.invalidArgument, in: "--healing", "\(healing) is below 0", remedy: "Use 0 for none.")
  }
  let names = MemberNames.names(of: paths)
  // A missing last model is reported before the first is loaded.
  for path in paths { _ = try ModelFile(path) }
  return try paths.enumerated().map { index, path in
    let own: (any PromptTemplate)? = Bundled.contains(path) ? Bundled.template : nil
    let threads = cores == nil && Bundled.contains(path) ? 1 : plan.threads(ofMember: index)
    let backend = try loadModel(path, threads: threads, settings: settings)
    for warning in backend.warnings { Terminal.note("warning: \(warning)") }
    return Member(
      backend, name: names[index],
      template: (templates[path] ?? template).map { TextTemplate(unescaped($0)) } ?? own,
      healing: TokenHealing(boundaries: healing))
  }
}

/// Loads a model's tokens; of a GGUF file no weights, so a file with only a vocabulary is enough.
public func loadVocabulary(_ path: String, settings: ModelSettings = ModelSettings()) throws -> Vocabulary {
  if case .gguf(let file) = try ModelFile(path) { return try GGUFTokenizer(file: file).vocabulary }
  return try loadModel(path, settings: settings).vocabulary
}

/// Replaces a command line's `\n` by a new line.
public func unescaped(_ text: String) -> String { text.replacing("\\n", with: "\n") }

/// A rule by its name, with one value for each setting, and with the members' weights, which its settings or
/// `--weights` may give.
///
/// - Parameters:
///   - text: Such as `deepen:rate=0.5,steps=10` or `standard:weights=0.7/0.3`; `nil` for the standard rule.
///   - weights: One number for each member, the main model first; `nil` where `--weights` is not given.
///   - members: The members' names.
/// - Throws: An error about the name, its settings or the weights.
public func namedRule(_ text: String?, weights: [Float]? = nil, members: [String]) throws -> ConfiguredRule {
  var rule = try NamedRule(text ?? RuleRegistry.standardName).only().rule()
  if let weights {
    guard rule.weights == .average else {
      throw BackendError(
        .invalidArgument, in: "--weights", "the rule \(rule.configuration.label) says how much members count as well",
        remedy: "Give one of them.")
    }
    rule.weights = .fixed(weights)
  }
  try rule.validate(members: members)
  return rule
}
