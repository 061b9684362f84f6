import ModelBackends

extension Vocabulary {
  /// The tokens without text, which an answer cannot contain: the unknown token, reserved tokens, and text tokens
  /// without bytes. Chosen, they would add nothing to the text, and a model may choose them for ever.
  ///
  /// Control tokens are not among them. Where they do not end an answer a model may have been trained to write them:
  /// the names of channels, the beginning of a tool call. The main model keeps them among its tokens; they are not
  /// text.
  ///
  /// - Complexity: O(V).
  var textlessTokens: [TokenID] {
    indices.filter { id in
      switch kind(of: id) {
      case .unknown, .unused: !isEndOfGeneration(id)
      case .normal, .byte, .userDefined: bytes(of: id).isEmpty && !isEndOfGeneration(id)
      case .control: false
      }
    }
  }
}
