internal import CONNXRuntime
internal import Foundation
public import ModelBackends

extension ONNXBackend {
  /// How a model is loaded and run. The defaults suit a model in Optimum's layout.
  public struct Options: Sendable {
    /// The model's file, relative to the folder; `nil` takes `model.onnx` or `onnx/model.onnx`.
    ///
    /// Folders often hold more than one: `onnx/model_fp16.onnx`, `onnx/model_quantized.onnx`.
    public var modelFile: String?
    /// How many tokens the model can read at once; `nil` takes what `config.json` says.
    public var contextLength: Int?
    /// How many threads one run uses; `nil` for half of the cores, because the members of an ensemble run at the same
    /// time. `CorePlan` divides the cores among any number of members.
    public var threads: Int?
    /// What runs the model's operations, most wanted first. The processor does what none of them can.
    public var executionProviders: [ExecutionProvider]
    /// How far ONNX Runtime rewrites the graph before it runs.
    public var optimization: Optimization = .all
    /// How many tokens go through the model at once at most. Logits take memory for each of them. Models without a
    /// cache read the whole text at once, and those with recurrent states or a merged cache the whole prompt.
    ///
    /// A prompt is read in runs that end at multiples of this, whatever a session has read before, so that the same
    /// prompt gets the same answer; a new prompt reads what it has in common with the last one again from the last
    /// multiple on. Another number rounds in another way. A dynamically quantised (int8) model, whose activations share
    /// a scale among the tokens of a run, answers the same however a text was cut with 1 alone.
    public var tokensPerRun = 128
    /// The constant that holds the input embeddings, where it cannot be told from the graph.
    public var inputEmbeddings: String?
    /// The constant that holds the output embeddings, where it cannot be told from the graph.
    public var outputEmbeddings: String?
    /// How the model wants a conversation written down; it goes before the folder's own template.
    public var chatTemplate: (any PromptTemplate)?
    /// Writes the folder's own chat template, which is in Jinja: a call into a Jinja library, for none comes with this
    /// package. Without one a folder's template cannot be written: answers of a member that has no template of its own
    /// fail and say so. `TextTemplate()` asks for the bare words.
    public var chatTemplateRenderer: JinjaRenderer?
    /// The path of ONNX Runtime's library; `nil` searches for it.
    public var library: String?

    /// Makes options; those that are not named here can be set afterwards.
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

  /// Something that runs a model's operations: a processor, a graphics card, an accelerator.
  ///
  /// Providers are added by ONNX Runtime's general call, which takes XNNPACK, CoreML, QNN, OpenVINO, VitisAI and
  /// others. The releases of ONNX Runtime that have a call of their own for CUDA, TensorRT and ROCm refuse those here,
  /// with an error.
  public struct ExecutionProvider: Sendable, Hashable {
    /// Its name, with or without "ExecutionProvider" at the end: "XNNPACK", "CoreML", "OpenVINO", "QNN".
    public var name: String
    /// Its own settings, as ONNX Runtime documents them.
    public var settings: [String: String]

    /// Names a provider.
    public init(_ name: String, settings: [String: String] = [:]) {
      self.name = name
      self.settings = settings
    }
  }

  /// How far ONNX Runtime rewrites a graph before it runs.
  public enum Optimization: Int, Sendable, Hashable, CaseIterable {
    /// Not at all.
    case none = 0
    /// Only rewrites that keep the operations' meaning one by one.
    case basic = 1
    /// Operations are fused.
    case extended = 2
    /// Everything, memory layouts included.
    case all = 99
  }
}

extension ONNXBackend.Options {
  /// Hands the options to ONNX Runtime.
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
    // Threads that wait for work would otherwise burn the cores that other members need.
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
