#if LlamaCpp
  import CLlamaShim
  public import ModelBackends

  /// The chat template in a GGUF file, as llama.cpp writes it.
  ///
  /// llama.cpp recognises the published templates and writes them itself. It is given marks in place of what people say,
  /// so that their words stay text: a `</s>` that a user types is four letters, never the end of the text.
  public struct GGUFTemplate: PromptTemplate {
    private let source: String
    private let name: String
    /// The spelling of the beginning of a text, where the tokenizer adds it by itself.
    private let beginning: String?

    init?(_ model: LlamaModel, vocabulary: Vocabulary) {
      guard let source = deepen_llama_chat_template(model.handle) else { return nil }
      self.source = String(cString: source)
      name = model.name
      beginning = vocabulary.beginningOfText.map { String(decoding: vocabulary.bytes(of: $0), as: UTF8.self) }
    }

    /// The conversation as the model was taught to read one, up to where the assistant speaks next.
    ///
    /// - Throws: `BackendError` with the code `unsupported` where llama.cpp does not know the template, or the template
    ///   has no place for a turn.
    public func prompt(for messages: [Message]) throws -> Prompt {
      var rest = try write(messages)[...]
      if let beginning, rest.hasPrefix(beginning) { rest = rest.dropFirst(beginning.count) }
      var parts: [Prompt.Part] = []
      for (index, message) in messages.enumerated() {
        let mark = Mark(index)
        guard let place = rest.firstRange(of: mark.name) else {
          throw BackendError(
            .unsupported, in: "\(name)'s chat template", "has no place for a \(message.role.rawValue) turn here",
            remedy: "Leave the turn out, or give the member a template of its own.")
        }
        var markup = rest[..<place.lowerBound]
        rest = rest[place.upperBound...]
        // A template that trims what people say has trimmed the spaces around the mark too.
        var words = message.content[...]
        if markup.last == Mark.space {
          markup = markup.dropLast()
        } else {
          words = words.drop(while: \.isWhitespace)
        }
        if rest.first == Mark.space {
          rest = rest.dropFirst()
        } else {
          while words.last?.isWhitespace == true { words = words.dropLast() }
        }
        if !markup.isEmpty { parts.append(.markup(String(markup))) }
        parts.append(.text(Array(words.utf8)))
      }
      if !rest.isEmpty { parts.append(.markup(String(rest))) }
      return Prompt(parts: parts)
    }

    /// What stands for the words of a turn while llama.cpp writes the template.
    private struct Mark {
      /// White space that occurs in no template.
      static let space: Character = "\u{0B}"
      /// Private characters, so that no template contains them.
      var name: String

      init(_ index: Int) {
        name = "\u{E000}\(index)\u{E001}"
      }
    }

    /// The conversation with marks for words.
    private func write(_ messages: [Message]) throws -> String {
      let strings = messages.map(\.role.rawValue) + messages.indices.map { "\(Mark.space)\(Mark($0).name)\(Mark.space)" }
      let bytes = strings.map { Array($0.utf8CString) }
      return try withPointers(to: bytes) { pointers in
        var text: [CChar] = []
        var length: Int32 = 0
        repeat {
          text = [CChar](repeating: 0, count: Int(length) + 1024)
          try check("\(name)'s chat template") { message in
            deepen_llama_apply_template(
              source, pointers, pointers + messages.count, messages.count, &text, Int32(text.count), &length, message)
          }
        } while Int(length) > text.count
        return String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      }
    }
  }

  /// Calls a body with an array of C strings, which lives as long as the call.
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
