#if LlamaCpp
  import Foundation
  import GGUFBackend
  import Testing

  /// Published language models, for tests that need real ones.
  enum RealModels {
    /// The tested models: SmolLM2-135M-Instruct (Q4_1), Gemma 3 270M (Q4_K_M), Qwen2.5-Coder-0.5B-Instruct (Q4_K_M).
    static let names = ["smollm2-135m", "gemma3-270m-q4_k_m", "qwen05b"]
    /// Their paths: files that end in `.gguf`.
    static let folder = ProcessInfo.processInfo.environment["DEEPEN_REAL_MODELS"]
    static let advice: Comment = "Set DEEPEN_REAL_MODELS to a folder with the files that RealModels names."

    static func path(_ name: String) throws -> String { "\(try #require(folder))/\(name).gguf" }

    static func tokenizer(_ name: String) throws -> GGUFTokenizer { try GGUFTokenizer(file: path(name)) }
  }
#endif
