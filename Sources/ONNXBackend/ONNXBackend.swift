internal import BackendSupport
internal import Dispatch
internal import Foundation
public import ModelBackends

/// A model in ONNX format, run by ONNX Runtime.
///
/// The folder has Hugging Face's layout, as Optimum writes it: `config.json`, `tokenizer.json`, and `model.onnx` or
/// `onnx/model.onnx`. ONNX Runtime's library is searched for when the first model is loaded.
///
/// ```swift
/// import ModelBackends
///
/// let model = try ONNXBackend(folder: "models/my-model")
/// let session = try await model.makeSession()
/// let answer = try await session.predict(after: ContextText("Once upon a time"))
/// ```
///
/// The required inputs are inferred from the graph: keys and values of earlier tokens or none, position ids or none,
/// recurrent states; in float32, float16 or bfloat16. Sessions keep keys and values between calls and roll them back
/// where the text has changed, and heal texts that end inside a word (`TokenHealing`). Recurrent states cannot be
/// truncated; a few earlier ones are kept, and the remaining tokens are evaluated again.
public struct ONNXBackend: ModelBackend {
  /// The folder's name; where that is generic, such as `onnx`, the name in the model's configuration, or that of the
  /// parent folder.
  public let name: String
  /// The model's tokens. Where the model has more logits than the tokenizer has tokens, unused tokens fill the rest.
  public let vocabulary: Vocabulary
  /// The maximum number of tokens in the model's context.
  public let contextLength: Int?
  /// Warnings that large matrices of the model's files are zeros, as where a download was not completed.
  public let warnings: [BackendWarning]
  /// The template from the options, or else the folder's own. Without a renderer in the options that is an
  /// `UnrenderedTemplate`, so that a first answer fails unless the member is given a template.
  public let chatTemplate: (any PromptTemplate)?

  /// The tokenizer of the folder, or the one that the caller provided.
  public var tokenizer: (any Tokenizer)? { textTokenizer }

  let decoder: CausalModel
  let folder: String
  let options: Options
  private let textTokenizer: any Tokenizer
  private let healer: TokenHealer
  private let tiesEmbeddings: Bool

  /// Loads a model with the tokenizer of its folder (`tokenizer.json`).
  ///
  /// - Parameters:
  ///   - folder: The model's folder.
  ///   - options: The settings with which to load and run the model.
  /// - Throws: `BackendError`: `missingFile` or `invalidFile` where the folder is incomplete or damaged,
  ///   `missingEngine` where ONNX Runtime cannot be loaded, `unsupported` where the model has an input that the backend
  ///   cannot fill or the tokenizer has an unknown component, `invalidArgument` for an option that cannot be used.
  public init(folder: String, options: Options = Options()) throws {
    try self.init(folder: folder, options: options) { files, configuration, count in
      try files.tokenizer(configuration, vocabularySize: count)
    }
  }

  /// Loads a model with the tokenizer of its folder, off the cooperative pool.
  ///
  /// - Throws: `BackendError`, as ``init(folder:options:)`` does.
  public static func load(_ folder: String, options: Options = Options()) async throws -> ONNXBackend {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global(qos: .userInitiated).async {
        continuation.resume(with: Result { try ONNXBackend(folder: folder, options: options) })
      }
    }
  }

  /// Loads a model with a tokenizer that the caller provides.
  ///
  /// - Parameters:
  ///   - folder: The model's folder; it needs no `tokenizer.json`.
  ///   - tokenizer: Tokenises texts for the model.
  ///   - options: The settings with which to load and run the model.
  /// - Throws: `BackendError`, as ``init(folder:options:)`` does.
  public init(folder: String, tokenizer: any Tokenizer, options: Options = Options()) throws {
    try self.init(folder: folder, options: options) { _, _, _ in tokenizer }
  }

  private init(
    folder: String, options: Options,
    tokenizer makeTokenizer: (ModelFolder, ModelConfiguration, _ vocabularySize: Int) throws -> any Tokenizer
  ) throws {
    let files = try ModelFolder(path: folder, modelFile: options.modelFile)
    let configuration = try ModelConfiguration(files, isRequired: options.contextLength == nil)
    // The file is checked before the engine reads it: our messages name the problem and its location.
    let graph = try GraphFile(path: files.model)
    try graph.checkStorage()
    warnings = BackendWarning(in: files.model, zeroMatrices: try graph.zeroMatrices()).map { [$0] } ?? []
    let runtime = try Runtime.load(LibrarySearch(explicitPath: options.library))
    let model = try LoadedModel(file: files.model, options: options, runtime: runtime)
    let signature = try ModelSignature(
      inputs: model.inputs, outputs: model.outputs, configuration: configuration, subject: files.model)
    let tokenizer = try makeTokenizer(files, configuration, signature.vocabularySize)
    name = Self.name(ofFolder: folder)
    contextLength = options.contextLength ?? configuration.contextLength
    vocabulary = try Self.vocabulary(
      tokenizer.vocabulary, padded: signature.vocabularySize, configuration: configuration)
    chatTemplate =
      try options.chatTemplate
      ?? files.chatTemplate(name: name, vocabulary: vocabulary, renderer: options.chatTemplateRenderer)
    decoder = CausalModel(
      name: name, model: model, signature: signature, tokensPerRun: options.tokensPerRun,
      attentionWindow: configuration.attentionWindow)
    textTokenizer = tokenizer
    healer = TokenHealer(vocabulary, name: name)
    tiesEmbeddings = configuration.tiesEmbeddings
    self.options = options
    self.folder = files.path
  }

  /// The model's table of token vectors, read from its file on demand.
  ///
  /// - Throws: `BackendError` with the code `noEmbeddings` where the table cannot be determined from the graph or is
  ///   packed in a format that cannot be read; `invalidFile` or `missingFile` where the file, or one with external
  ///   data, is damaged.
  public func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable {
    let finder = EmbeddingFinder(
      graph: try GraphFile(path: decoder.model.subject), tokenInput: decoder.signature.tokenInput,
      logits: decoder.signature.logits, vocabularySize: vocabulary.count)
    switch side {
    case .input:
      if let name = options.inputEmbeddings { return try finder.table(named: name) }
      return try finder.inputTable()
    case .output:
      if let name = options.outputEmbeddings { return try finder.table(named: name) }
      do {
        return try finder.outputTable()
      } catch let error as BackendError where error.code == .noEmbeddings && tiesEmbeddings {
        return try embeddings(.input)
      }
    }
  }

  /// Starts a session. Sessions share the loaded model and run at the same time.
  public func makeSession() async throws -> any ModelSession {
    try await TextSession(of: self, tokenizer: textTokenizer, healer: healer) { [decoder] in
      try DecoderEvaluator(decoder)
    }
  }

  private static func vocabulary(
    _ vocabulary: Vocabulary, padded count: Int, configuration: ModelConfiguration
  ) throws -> Vocabulary {
    let known = min(vocabulary.count, count)
    let padding = repeatElement(Token(bytes: [], kind: .unused), count: count - known)
    let tokens = (0..<known).map { vocabulary[$0] } + padding
    // The token that tokenizer_config.json names is the one that the model was trained to end with.
    let named = configuration.endSpelling.flatMap { spelling in
      tokens.firstIndex { $0.kind != .normal && $0.bytes.elementsEqual(spelling.utf8) }
    }
    let ends = (named.map { [$0] } ?? []) + configuration.endTokens + vocabulary.endOfGeneration
    // Where another text begins, this one has ended, also where the model's texts need not begin with that token.
    let beginnings = configuration.beginningTokens.filter { tokens.indices.contains($0) && tokens[$0].kind == .control }
    let kept = (ends + beginnings).filter { (0..<count).contains($0) }
    // Returning the vocabulary unchanged avoids sorting its tokens again.
    if count == vocabulary.count, kept.allSatisfy(vocabulary.isEndOfGeneration),
      kept.first == vocabulary.endOfGeneration.first
    {
      return vocabulary
    }
    return try Vocabulary(
      tokens: tokens, endOfGeneration: kept,
      beginningOfText: vocabulary.beginningOfText.flatMap { $0 < count ? $0 : nil })
  }
}
