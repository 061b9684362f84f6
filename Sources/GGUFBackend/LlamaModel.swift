#if LlamaCpp
  import BackendSupport
  import CLlamaShim
  import ModelBackends

  /// A loaded model of llama.cpp, freed with its last owner.
  ///
  /// Immutable after loading; llama.cpp lets several threads read a model at once.
  final class LlamaModel: @unchecked Sendable {
    let handle: OpaquePointer
    let path: String

    /// Loads a file.
    ///
    /// - Throws: `BackendError`.
    init(path: String, gpuLayers: Int? = 0, vocabularyOnly: Bool = false, withoutSpacePrefix: Bool = false) throws {
      var options = deepen_llama_load_options(
        gpu_layers: gpuLayers.map(Int32.init) ?? -1, vocabulary_only: vocabularyOnly,
        without_space_prefix: withoutSpacePrefix)
      var handle: OpaquePointer?
      try check(path) { deepen_llama_load(path, &options, &handle, $0) }
      guard let handle else { preconditionFailure("A model that loaded has a handle.") }
      self.handle = handle
      self.path = path
    }

    deinit {
      deepen_llama_free(handle)
    }

    /// The model's name, derived from its file.
    var name: String { ModelName.name(of: path) }
  }

  /// Calls the shim and converts the errors that it reports to a `BackendError` about `subject`.
  func check(
    _ subject: String, _ call: (UnsafeMutablePointer<deepen_llama_message>) -> deepen_llama_status
  ) throws {
    var message = deepen_llama_message()
    let status = call(&message)
    guard status != DEEPEN_LLAMA_OK else { return }
    let problem = withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let (code, remedy) = explanation(of: status)
    throw BackendError(code, in: subject, problem, remedy: remedy)
  }

  private func explanation(of status: deepen_llama_status) -> (BackendError.Code, remedy: String) {
    switch status {
    case DEEPEN_LLAMA_MISSING_FILE:
      (.missingFile, "Check the path and that the file may be read.")
    case DEEPEN_LLAMA_INVALID_FILE:
      (.invalidFile, "Download or convert the model again.")
    case DEEPEN_LLAMA_VOCABULARY_ONLY:
      (.unsupported, "Give the file of the whole model; GGUFTokenizer reads this one.")
    case DEEPEN_LLAMA_UNSUPPORTED:
      (.unsupported, "Use another model, or a newer llama.cpp (this is \(String(cString: deepen_llama_version()))).")
    case DEEPEN_LLAMA_NO_TENSOR:
      (.noEmbeddings, "Give the member an embedding table of its own, or choose an alignment that needs none.")
    case DEEPEN_LLAMA_INVALID_ARGUMENT:
      (.invalidArgument, "Change GGUFBackend.Options.")
    case DEEPEN_LLAMA_INEXPRESSIBLE:
      (.tokenization, "Leave that part out, or use a model with byte tokens.")
    default:
      (.engineFailure, "Close other sessions, or lower contextLength or batchSize in GGUFBackend.Options.")
    }
  }
#endif
