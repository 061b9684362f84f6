#if LlamaCpp
  import Foundation
  import GGUFBackend
  import Testing

  /// Published language models, for tests that need real ones.
  enum RealModels {
    /// The tested models: SmolLM2-135M-Instruct (Q4_1), Gemma 3 270M (Q4_K_M), Qwen2.5-Coder-0.5B-Instruct (Q4_K_M).
    ///
    /// Those that are in the folder, as files that end in `.gguf`.
    static let names = ["smollm2-135m", "gemma3-270m-q4_k_m", "qwen05b"].filter { name in
      folder.map { FileManager.default.fileExists(atPath: "\($0)/\(name).gguf") } ?? true
    }
    static let folder = ProcessInfo.processInfo.environment["DEEPEN_REAL_MODELS"]
    static let advice: Comment =
      "Set DEEPEN_REAL_MODELS to the folder that Tools/real-models --folder prints, with the files that RealModels names."
    /// SmolLM2 as an ONNX folder, as Tools/real-models computes it.
    static let converted = "\(folder ?? "")/smollm2-135m-onnx"
    static let hasConverted = FileManager.default.fileExists(atPath: "\(converted)/conversion.json")
    static let conversionAdvice: Comment =
      "Run Tools/real-models smollm2-135m-onnx, and set DEEPEN_REAL_MODELS to what Tools/real-models --folder prints."

    static func path(_ name: String) throws -> String { "\(try #require(folder))/\(name).gguf" }

    static func tokenizer(_ name: String) throws -> GGUFTokenizer { try GGUFTokenizer(file: path(name)) }
  }
#endif
