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

    /// A text of 190 tokens or so.
    static let text = """
      The harbour was quiet when Mara came down the hill. Two boats lay at the wall, a blue one that belonged to \
      her uncle and a white one that nobody had sailed since the spring of 1998. She put her bag on the stones, \
      counted the nets (there were 14, one of them torn), and asked herself whether the wind would turn before \
      noon. "If it does," her uncle had said, "stay at home; if it does not, you may go as far as the lighthouse." \
      At nine o'clock a man in a grey coat walked along the wall, looked at the white boat for a long time, and \
      wrote something into a small notebook. Mara thought that he came from the bank, or from the newspaper, and \
      that both were bad signs. Then the bells of the church began to ring, although it was neither Sunday nor a \
      holiday, and everybody ran to the windows.
      """

    /// The same text, and more.
    static let longText =
      text + " " + """
        What had happened? The baker said that the old tower clock had been repaired; the teacher, who knew more \
        about clocks, said that no clock rings 23 times. By evening the answer was known to all: the mayor's \
        daughter, four years old, had found the stairs, the door and the rope. She was asked why she had done it. \
        "It was too quiet," she said, and nobody in the village could think of a better reason. Since then the clock \
        has rung at noon, once, so that everybody has something to laugh about.
        """
  }
#endif
