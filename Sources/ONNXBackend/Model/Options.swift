internal import CONNXRuntime
internal import Foundation
public import ModelBackends

extension ONNXBackend {
  /// The settings with which a model is loaded and run. The defaults suit a model in Optimum's layout.
  public struct Options: Sendable {
    /// The model's file, relative to the folder; `nil` takes `model.onnx` or `onnx/model.onnx`.
    ///
    /// Folders often hold more than one: `onnx/model_fp16.onnx`, `onnx/model_quantized.onnx`.
    public var modelFile: String?
    /// The maximum number of tokens in the context; `nil` takes the value of `config.json`.
    public var contextLength: Int?
    /// The number of threads of one run; `nil` for half of the cores, because the members of an ensemble run at the
    /// same time. `CorePlan` divides the cores among any number of members.
    public var threads: Int?
    /// The providers that run the model's operations, in order of preference. The processor runs those that none of
    /// them can.
    public var executionProviders: [ExecutionProvider]
    /// The degree to which ONNX Runtime rewrites the graph before it runs.
    public var optimization: Optimization = .all
    /// The maximum number of tokens in one run. Logits take memory for each of them. Models without a cache read the
    /// whole text at once, and those with recurrent states or a merged cache the whole prompt.
    ///
    /// A prompt is read in runs that end at multiples of this number, whatever a session has read before, so that the
    /// same prompt gets the same answer; a new prompt that shares a prefix with the previous one is read again from the
    /// last multiple within it. Another number changes the rounding. A dynamically quantised (int8) model, whose
    /// activations share a scale among the tokens of a run, gives answers independent of the division of the text into
    /// runs with 1 alone.
    public var tokensPerRun = 128
    /// The constant that holds the input embeddings, where it cannot be determined from the graph.
    public var inputEmbeddings: String?
    /// The constant that holds the output embeddings, where it cannot be determined from the graph.
    public var outputEmbeddings: String?
    /// The model's format for conversations; it takes precedence over the folder's own template.
    public var chatTemplate: (any PromptTemplate)?
    /// Renders the folder's own chat template, which is in Jinja: a call into a Jinja library, because this package
    /// includes none. Without one a folder's template cannot be rendered: answers of a member that has no template of
    /// its own fail with an error that says so. `TextTemplate()` selects unformatted text.
    public var chatTemplateRenderer: JinjaRenderer?
    /// The path of ONNX Runtime's library; `nil` searches for it.
    public var library: String?

    /// Creates options; those that are not parameters can be set afterwards.
    public init(
      modelFile: String? = nil, threads: Int? = nil, executionProviders: [ExecutionProvider] = [],
      contextLength: Int? = nil
    ) {
      self.modelFile = modelFile
      self.threads = threads
      self.executionProviders = executionProviders
      self.contextLength = contextLength
    }
  }

  /// An execution provider: a processor, a graphics card or an accelerator that runs a model's operations.
  ///
  /// Providers are added by ONNX Runtime's general call, which takes XNNPACK, CoreML, QNN, OpenVINO, VitisAI and
  /// others. The releases of ONNX Runtime that have a call of their own for CUDA, TensorRT and ROCm reject those here,
  /// with an error.
  public struct ExecutionProvider: Sendable, Hashable {
    /// Its name, with or without the suffix "ExecutionProvider": "XNNPACK", "CoreML", "OpenVINO", "QNN".
    public var name: String
    /// Its own settings, as ONNX Runtime documents them.
    public var settings: [String: String]

    /// Creates a provider from its name.
    public init(_ name: String, settings: [String: String] = [:]) {
      self.name = name
      self.settings = settings
    }
  }

  /// The degree to which ONNX Runtime rewrites a graph before it runs.
  public enum Optimization: Int, Sendable, Hashable, CaseIterable {
    /// No rewriting.
    case none = 0
    /// Only rewrites that preserve the meaning of each operation.
    case basic = 1
    /// Operations are fused.
    case extended = 2
    /// Everything, memory layouts included.
    case all = 99
  }
}

extension ONNXBackend.Options {
  /// Passes the options to ONNX Runtime.
  ///
  /// - Throws: `BackendError` with the code `invalidArgument` where a value cannot be used.
  func apply(to settings: OpaquePointer, runtime: Runtime, call: RuntimeCall) throws {
    let api = runtime.api
    try call.check(deepen_ort_set_optimization_level(api, settings, Int32(optimization.rawValue)))
    let threads = threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
    guard (1...1024).contains(threads) else { throw invalid("threads", threads, "1 to 1024") }
    try call.check(deepen_ort_set_intra_op_threads(api, settings, Int32(threads)))
    guard tokensPerRun >= 1 else { throw invalid("tokensPerRun", tokensPerRun, "1 or more") }
    if let contextLength, contextLength < 1 { throw invalid("contextLength", contextLength, "1 or more") }
    // Threads that spin while they wait would occupy the cores that other members need.
    for key in ["session.intra_op.allow_spinning", "session.inter_op.allow_spinning"] {
      try call.check(deepen_ort_add_config_entry(api, settings, key, "0"))
    }
    for provider in executionProviders { try append(provider, to: settings, runtime: runtime, call: call) }
  }

  private func append(
    _ provider: ONNXBackend.ExecutionProvider, to settings: OpaquePointer, runtime: Runtime, call: RuntimeCall
  ) throws {
    let ending = "ExecutionProvider"
    let name = provider.name.hasSuffix(ending) ? String(provider.name.dropLast(ending.count)) : provider.name
    let available = try runtime.availableProviders()
    let unavailable = BackendError(
      .invalidArgument, in: "Execution provider \(provider.name)",
      "ONNX Runtime \(runtime.version) at \(runtime.path) cannot use it",
      remedy: "It has \(available.joined(separator: ", ")); install a build of ONNX Runtime that has the provider")
    guard available.contains(where: { $0.lowercased() == (name + ending).lowercased() }) else { throw unavailable }
    if name.lowercased() == "cpu" { return }
    let pairs = provider.settings.sorted { $0.key < $1.key }
    do {
      try withCStrings(pairs.map(\.key)) { keys in
        try withCStrings(pairs.map(\.value)) { values in
          try call.check(deepen_ort_append_provider(runtime.api, settings, name, keys, values, pairs.count))
        }
      }
    } catch let error as BackendError {
      var refused = unavailable
      refused.problem += " (\(error.problem))"
      throw refused
    }
  }

  private func invalid(_ option: String, _ value: Int, _ expected: String) -> BackendError {
    BackendError(
      .invalidArgument, in: "Option \(option)", "is \(value)", remedy: "Give \(expected), or nothing for the default")
  }
}
