#if LlamaCpp
  import BackendSupport
  import CLlamaShim
  public import ModelBackends

  /// The chat template in a GGUF file, rendered by llama.cpp.
  ///
  /// llama.cpp recognises the published templates and renders them itself. It never sees the messages' text, so the
  /// text stays text: a `</s>` that a user types is four letters, never the end of the text.
  ///
  /// llama.cpp renders only the format of a template's turns. A system turn that the template itself adds to a
  /// conversation without one (Qwen's "You are Qwen, …") is not rendered. Add it as a system turn of your own, or let a
  /// Jinja library render the template: a `JinjaTemplate` of ``source``.
  public struct GGUFTemplate: PromptTemplate {
    /// The template, in Jinja.
    public let source: String
    private let name: String
    private let template: MarkedTemplate

    init?(_ model: LlamaModel, vocabulary: Vocabulary) {
      guard let source = deepen_llama_chat_template(model.handle) else { return nil }
      self.source = String(cString: source)
      name = model.name
      template = MarkedTemplate(of: name, vocabulary: vocabulary)
    }

    /// The conversation in the form that the model was trained on, up to where the assistant speaks next.
    ///
    /// - Throws: `BackendError` with the code `unsupported` where llama.cpp does not know the template, or its output
    ///   omits a turn.
    public func prompt(for messages: [Message]) throws -> RenderedPrompt {
      try template.prompt(for: messages) { try Self.write($0, in: source, of: "\(name)'s chat template") }
    }

    /// Renders a conversation as llama.cpp does, in a template that it recognises: for models beside a GGUF file whose
    /// templates are in Jinja, too, as an ONNX folder's (`ONNXBackend.Options.chatTemplateRenderer`).
    ///
    /// - Throws: `BackendError` with the code `unsupported` where llama.cpp does not know the template.
    public static func render(_ request: JinjaRequest) throws -> String {
      try write(request.messages, in: request.source, of: "the chat template")
    }

    /// The conversation as llama.cpp renders it.
    private static func write(_ messages: [Message], in source: String, of subject: String) throws -> String {
      let bytes = (messages.map(\.role.rawValue) + messages.map(\.content)).map { Array($0.utf8CString) }
      return try withPointers(to: bytes) { pointers in
        var text: [CChar] = []
        var length: Int32 = 0
        repeat {
          text = [CChar](repeating: 0, count: Int(length) + 1024)
          do {
            try check(subject) { message in
              deepen_llama_apply_template(
                source, pointers, pointers + messages.count, messages.count, &text, Int32(text.count), &length, message)
            }
          } catch var error as BackendError where error.code == .unsupported {
            error.remedy = BackendError.ownTemplate
            throw error
          }
        } while Int(length) > text.count
        return String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      }
    }
  }

  /// Calls a body with an array of C strings, which live as long as the call.
  private func withPointers<Result>(
    to strings: [[CChar]], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> Result
  ) rethrows -> Result {
    let all = strings.flatMap(\.self)
    var start = 0
    return try all.withUnsafeBufferPointer { buffer in
      let pointers: [UnsafePointer<CChar>?] = strings.map { string in
        defer { start += string.count }
        return buffer.baseAddress.map { $0 + start }
      }
      return try pointers.withUnsafeBufferPointer { pointers in
        guard let first = pointers.baseAddress else { return try body([nil]) }
        return try body(first)
      }
    }
  }
#endif
