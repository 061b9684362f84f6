#if LlamaCpp
  import CLlamaShim
  import ModelBackends

  /// Tokens that were added to a vocabulary as text and that llama.cpp treats as control tokens, because they are spelt
  /// like common ones. It searches texts for other added tokens and not for these.
  struct HiddenTokens: Sendable {
    private let added: SpellingFinder
    private let hidden: Set<TokenID>

    init(_ model: LlamaModel, vocabulary: Vocabulary) {
      let userDefined = vocabulary.indices.filter { vocabulary.kind(of: $0) == .userDefined }
      hidden = Set(
        userDefined.filter { deepen_llama_token_attributes(model.handle, Int32($0)) & TokenAttribute.control != 0 })
      // All are searched for: a match inside a longer one does not count.
      added = SpellingFinder(of: model, hidden.isEmpty ? [] : userDefined, vocabulary)
    }

    /// The matches in a text.
    func occurrences(in text: ArraySlice<UInt8>) -> [SpelledToken] {
      if hidden.isEmpty { return [] }
      return added.tokens(in: Array(text), parts: [0..<text.count]).filter { hidden.contains($0.id) }.map { token in
        let (start, range) = (text.startIndex, token.range)
        return SpelledToken(id: token.id, range: start + range.lowerBound..<start + range.upperBound)
      }
    }
  }

  extension SpellingFinder {
    /// Finds some tokens of a model, with the surrounding white space that llama.cpp assigns to them.
    init(of model: LlamaModel, _ tokens: [TokenID], _ vocabulary: Vocabulary) {
      self.init(
        tokens.map { id in
          let attributes = deepen_llama_token_attributes(model.handle, Int32(id))
          return Entry(
            id: id, spelling: Array(vocabulary.bytes(of: id)), stripsLeft: attributes & TokenAttribute.stripsLeft != 0,
            stripsRight: attributes & TokenAttribute.stripsRight != 0)
        })
    }
  }

  /// llama.cpp's attribute bits.
  enum TokenAttribute {
    static let control: Int32 = 1 << 3
    static let stripsLeft: Int32 = 1 << 7
    static let stripsRight: Int32 = 1 << 8
  }
#endif
