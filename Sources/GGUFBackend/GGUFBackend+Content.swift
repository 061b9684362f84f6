#if LlamaCpp
  import CLlamaShim
  public import ModelBackends

  extension GGUFBackend {
    /// The file, with its other parts where the model is split, the options except the number of threads, and
    /// llama.cpp's version.
    public var content: ModelContent? {
      var settings = options
      settings.threads = nil
      return ModelContent(
        files: Self.parts(of: file), details: ["\(settings)", "llama.cpp \(String(cString: deepen_llama_version()))"])
    }

    /// The files of a model in llama.cpp's split format: `name-00001-of-00003.gguf`.
    static func parts(of file: String) -> [String] {
      let pattern = /(.*-)\d{5}(-of-(\d{5})\.gguf)/
      guard let match = file.wholeMatch(of: pattern), let count = Int(match.3), count > 1 else { return [file] }
      return (1...count).map { part in
        let digits = String(part)
        return match.1 + String(repeating: "0", count: 5 - digits.count) + digits + match.2
      }
    }
  }
#endif
