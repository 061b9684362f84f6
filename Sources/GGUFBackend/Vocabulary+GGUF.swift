#if LlamaCpp
  import CLlamaShim
  import ModelBackends

  extension Vocabulary {
    /// The vocabulary of a loaded model, in bytes as llama.cpp writes them.
    ///
    /// - Throws: `BackendError` where it has no tokens.
    init(_ model: LlamaModel) throws {
      let indices = 0..<deepen_llama_token_count(model.handle)
      var buffer = [CChar](repeating: 0, count: 256)
      let usualEnd = deepen_llama_end_of_text(model.handle)
      let ends = indices.filter { deepen_llama_token_ends_generation(model.handle, $0) }
      let beginning = deepen_llama_beginning_of_text(model.handle)
      let tokens = indices.map { Token($0, of: model, buffer: &buffer) }
      // Where another text begins, this one has ended, also where texts need not begin with that token.
      let other = deepen_llama_named_beginning(model.handle)
      let others = indices.contains(other) && tokens[Int(other)].kind == .control ? [other] : []
      try self.init(
        tokens: tokens, endOfGeneration: (ends.filter { $0 == usualEnd } + ends + others).map(Int.init),
        beginningOfText: indices.contains(beginning) ? Int(beginning) : nil)
    }
  }

  extension Token {
    fileprivate init(_ id: Int32, of model: LlamaModel, buffer: inout [CChar]) {
      var length = deepen_llama_token_bytes(model.handle, id, &buffer, Int32(buffer.count))
      if length < 0 {
        buffer = [CChar](repeating: 0, count: Int(-length))
        length = deepen_llama_token_bytes(model.handle, id, &buffer, Int32(buffer.count))
      }
      self.init(
        bytes: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)),
        kind: Kind(of: id, in: model))
    }
  }

  extension Token.Kind {
    /// llama.cpp treats a text token as a control token where it is spelt like a common one (`</s>` of HTML in Gemma's
    /// vocabulary). It stays text, unless the file itself names it as an end.
    fileprivate init(of id: Int32, in model: LlamaModel) {
      let kind = Token.Kind(attributes: deepen_llama_token_attributes(model.handle, id))
      let texts: [Int32: Token.Kind] = [1: .normal, 4: .userDefined]
      guard kind == .control, let text = texts[deepen_llama_token_type(model.handle, id)],
        !deepen_llama_is_named_end(model.handle, id)
      else {
        self = kind
        return
      }
      self = text
    }

    /// The kind by llama.cpp's attribute bits. A token without any was never given a purpose.
    fileprivate init(attributes: Int32) {
      let kinds: [(bit: Int32, kind: Token.Kind)] = [
        (1 << 0, .unknown), (1 << 1, .unused), (TokenAttribute.control, .control), (1 << 4, .userDefined),
        (1 << 5, .byte),
        (1 << 2, .normal),
      ]
      self = kinds.first { attributes & $0.bit != 0 }?.kind ?? .unused
    }
  }
#endif
